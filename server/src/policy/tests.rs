use super::*;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

/// A folder whose own path has no links in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("execdeck-policy-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    /// A program, which is a path below the folder.
    fn program(&self, name: &str) -> String {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        text(&path)
    }

    fn link(&self, name: &str, to: &str) -> String {
        symlink(to, self.0.join(name)).unwrap();
        text(&self.0.join(name))
    }

    fn path(&self, name: &str) -> String {
        text(&self.0.join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

const OLGA: Who<'static> = Who { name: "olga", role: Role::Operator };
const ADA: Who<'static> = Who { name: "ada", role: Role::Admin };

fn settings(rules: &str) -> Result<Settings, String> {
    toml::from_str(&format!("free_commands = \"rules\"\n{rules}")).map_err(|error| error.to_string())
}

fn policy(rules: &str) -> Policy {
    Policy::new(&settings(rules).unwrap()).unwrap()
}

/// What is wrong with these rules.
fn problem(rules: &str) -> String {
    match settings(rules) {
        Ok(settings) => Policy::new(&settings).err().unwrap_or_else(|| panic!("{rules}")),
        Err(error) => error,
    }
}

fn spec(program: &str, args: &[&str]) -> ProcessSpec {
    ProcessSpec { program: program.into(), args: args.iter().map(|arg| (*arg).to_owned()).collect(), ..ProcessSpec::default() }
}

fn allows(policy: &Policy, who: Who<'_>, spec: &ProcessSpec) -> bool {
    policy.check(who, &mut spec.clone()).is_ok()
}

#[test]
fn without_rules_administrators_run_anything_or_nobody_does() {
    let admins = Policy::new(&Settings::default()).unwrap();
    assert_eq!(admins.check(ADA, &mut spec("anything", &[])), Ok(()));
    assert_eq!(admins.check(OLGA, &mut spec("anything", &[])), Err(Refusal::AdministratorsOnly));
    let off = Policy::new(&Settings { free_commands: FreeCommands::Off, ..Settings::default() }).unwrap();
    assert_eq!(off.check(ADA, &mut spec("anything", &[])), Err(Refusal::Off));
}

#[test]
fn a_program_is_judged_by_where_all_links_lead_and_run_from_there() {
    let folder = Folder::new();
    let (job, other) = (folder.program("jobs/backup"), folder.program("other/tool"));
    let policy = policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{}/*\"]", folder.path("jobs")));
    let (innocent, inside) = (folder.link("jobs/innocent", &other), folder.link("outside", &job));
    let around = format!("{}/../other/tool", folder.path("jobs"));
    let dots = format!("{}/../jobs/./backup", folder.path("jobs"));
    for (program, allowed) in [(&job, true), (&inside, true), (&dots, true), (&other, false), (&innocent, false), (&around, false)] {
        let mut asked = spec(program, &[]);
        assert_eq!(policy.check(ADA, &mut asked).is_ok(), allowed, "{program}");
        if allowed {
            assert_eq!(asked.program, job);
        }
    }
    let mut linked = spec(&inside, &[]);
    policy.check(ADA, &mut linked).unwrap();
    assert_eq!(linked.name.as_deref(), Some("outside"), "it keeps its name");
    fs::create_dir_all(folder.path("jobs/deep")).unwrap();
    assert!(!allows(&policy, ADA, &spec(&folder.program("jobs/deep/job"), &[])), "* is one name");
    assert!(!allows(&policy, ADA, &spec(&folder.path("jobs/nothing"), &[])) && !allows(&policy, ADA, &spec(&folder.path("jobs"), &[])));
}

#[test]
fn a_relative_program_starts_from_its_folder_and_a_name_is_looked_for_in_the_path_it_will_have() {
    let folder = Folder::new();
    let (good, bad) = (folder.program("good/job"), folder.program("bad/job"));
    let rules = format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{good}\"]\nenv = [\"PATH\", \"X\"]");
    let policy = policy(&rules);
    let run = |program: &str, cwd: &str, path: Option<&str>, secret: Option<&str>| {
        let variable = |path: Option<&str>| path.map(|path| ("PATH".to_owned(), path.to_owned())).into_iter().collect();
        let mut spec = ProcessSpec { cwd: Some(folder.path(cwd)), env: variable(path), secret_env: variable(secret), ..spec(program, &[]) };
        policy.check(OLGA, &mut spec).map(|()| spec.program)
    };
    for (program, cwd) in [("./job", "good"), ("good/job", ""), ("../good/job", "bad"), ("good/../good/job", "")] {
        assert_eq!(run(program, cwd, None, None).as_deref(), Ok(good.as_str()), "{program} in {cwd}");
    }
    for (program, cwd) in [("./job", "bad"), ("bad/job", ""), ("good/../bad/job", ""), ("job", "good")] {
        assert!(run(program, cwd, None, None).is_err(), "{program} in {cwd}");
    }
    let (good_folder, bad_folder) = (folder.path("good"), folder.path("bad"));
    assert_eq!(run("job", "", Some(&format!("{good_folder}:{bad_folder}")), None).as_deref(), Ok(good.as_str()));
    assert!(run("job", "", Some(&format!("{bad_folder}:{good_folder}")), None).is_err());
    assert!(run("job", "", Some(&good_folder), Some(&bad_folder)).is_err(), "a secret variable comes last, so it counts");
    for path in ["", ".", ":/nowhere", "/nowhere:"] {
        assert!(run("job", "bad", Some(path), None).is_err(), "{path:?}");
        assert!(run("job", "good", Some(path), None).is_ok(), "{path:?}: an empty entry is the folder");
    }
    // A file that cannot be run is passed over, as it is when the program is started.
    fs::set_permissions(&bad, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(run("job", "", Some(&format!("{bad_folder}:{good_folder}")), None).is_ok());
}

#[test]
fn each_argument_has_to_match_as_a_whole() {
    let folder = Folder::new();
    let job = folder.program("job");
    let policy =
        policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\nargs = ['-v', '--day=\\d{{4}}', 'a|b.*', '(?m)^x$']"));
    for (args, allowed) in [
        (&[][..], false),
        (&["-v", "--day=2026", "b9"], true),
        (&["a"], true),
        (&["ab"], false),
        (&["xb"], false),
        (&["-v", "-vv"], false),
        (&["--day=2026 --delete"], false),
        (&["--day=2026\n"], false),
        (&["\n--day=2026"], false),
        (&["b\n--delete"], false),
        (&["x"], true),
        (&["x\nrm"], false),
        (&["-V"], false),
        (&[""], false),
        (&["--day=٢٠٢٦"], true),
    ] {
        assert_eq!(allows(&policy, OLGA, &spec(&job, args)), allowed, "{args:?}");
    }
    let none = super::tests::policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\nargs = []"));
    assert!(allows(&none, OLGA, &spec(&job, &[])) && !allows(&none, OLGA, &spec(&job, &["x"])));
}

#[test]
fn a_shell_is_no_way_around_the_rules() {
    let folder = Folder::new();
    let job = folder.program("job");
    let rules = format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\n[[rules]]\neffect = \"deny\"\nprograms = [\"/bin/sh\"]");
    let policy = policy(&rules);
    for shell in ["/bin/sh", "sh", "/usr/bin/../bin/sh", &folder.link("harmless", "/bin/sh")] {
        assert_eq!(policy.check(ADA, &mut spec(shell, &["-c", &job])), Err(Refusal::Denied(2)), "{shell}");
    }
}

#[test]
fn what_one_rule_forbids_no_other_allows() {
    let folder = Folder::new();
    let job = folder.program("job");
    let rules = format!(
        "[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\n[[rules]]\neffect = \"deny\"\nargs = ['--delete(=.*)?']\n\
         [[rules]]\neffect = \"deny\"\npeople = [\"eve\"]\n[[rules]]\neffect = \"deny\"\nenv = [\"DEBUG\"]"
    );
    let policy = policy(&rules);
    let with = |name: &str| ProcessSpec { env: [(name.to_owned(), String::new())].into(), ..spec(&job, &[]) };
    assert!(allows(&policy, ADA, &spec(&job, &["x"])));
    assert_eq!(policy.check(ADA, &mut spec(&job, &["x", "--delete=y"])), Err(Refusal::Denied(2)));
    assert_eq!(policy.check(Who { name: "eve", ..ADA }, &mut spec(&job, &[])), Err(Refusal::Denied(3)));
    assert_eq!(policy.check(ADA, &mut with("DEBUG")), Err(Refusal::Denied(4)));
    assert!(allows(&policy, ADA, &with("debug")), "names of variables have a case");
}

#[test]
fn rules_are_for_those_whom_they_name() {
    let folder = Folder::new();
    let job = folder.program("job");
    let policy = policy(&format!("[[rules]]\neffect = \"allow\"\nroles = [\"operator\"]\npeople = [\"olga\"]\nprograms = [\"{job}\"]"));
    assert!(allows(&policy, OLGA, &spec(&job, &[])) && policy.may_run_some(OLGA).is_ok());
    for who in [ADA, Who { name: "otto", ..OLGA }, Who { role: Role::Viewer, ..OLGA }, Who { name: "OLGA", ..OLGA }] {
        assert!(!allows(&policy, who, &spec(&job, &[])) && policy.may_run_some(who).is_err(), "{who:?}");
    }
}

#[test]
fn variables_that_change_what_a_program_does_have_to_be_named() {
    let folder = Folder::new();
    let job = folder.program("job");
    let any = policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]"));
    let with = |name: &str| ProcessSpec { secret_env: [(name.to_owned(), String::new())].into(), ..spec(&job, &[]) };
    for name in
        ["LD_PRELOAD", "LD_AUDIT", "PATH", "BASH_ENV", "ENV", "BASH_FUNC_ls%%", "PYTHONPATH", "GIT_SSH_COMMAND", "NODE_OPTIONS", "HOME"]
    {
        let refused = Refusal::NotAllowed { variables: vec![name.to_owned()] };
        assert_eq!(any.check(ADA, &mut with(name)), Err(refused), "{name}");
    }
    assert!(allows(&any, ADA, &with("RUST_LOG")));
    let named = policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\nenv = [\"LD_PRELOAD\"]"));
    assert!(
        allows(&named, ADA, &with("LD_PRELOAD")) && !allows(&named, ADA, &with("RUST_LOG")) && !allows(&named, ADA, &with("ld_preload"))
    );
}

#[test]
fn the_folder_is_judged_by_where_all_links_lead() {
    let folder = Folder::new();
    let job = folder.program("job");
    fs::create_dir_all(folder.path("work/deep/er")).unwrap();
    fs::create_dir(folder.path("other")).unwrap();
    folder.link("work/out", &folder.path("other"));
    folder.link("in", &folder.path("work"));
    let policy = policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\ncwd = [\"{}/**\"]", folder.path("in")));
    for (cwd, allowed) in [
        ("work/deep", true),
        ("work/deep/er", true),
        ("in/deep", true),
        ("work/out", false),
        ("work/../other", false),
        ("other", false),
        ("nowhere", false),
    ] {
        let asked = ProcessSpec { cwd: Some(folder.path(cwd)), ..spec(&job, &[]) };
        assert_eq!(allows(&policy, OLGA, &asked), allowed, "{cwd}");
    }
    let mut asked = ProcessSpec { cwd: Some(folder.path("in/deep")), ..spec(&job, &[]) };
    policy.check(OLGA, &mut asked).unwrap();
    assert_eq!(asked.cwd, Some(folder.path("work/deep")));
    assert!(!allows(&policy, OLGA, &spec(&job, &[])), "the home folder is none of them");
}

#[test]
fn another_user_has_to_be_named() {
    let folder = Folder::new();
    let job = folder.program("job");
    let rule = |run_as: &str| policy(&format!("[[rules]]\neffect = \"allow\"\nprograms = [\"{job}\"]\n{run_as}"));
    let run_as = |user: &str| ProcessSpec { run_as: Some(user.into()), ..spec(&job, &[]) };
    let own = rule("");
    assert!(allows(&own, ADA, &spec(&job, &[])) && !allows(&own, ADA, &run_as("root")));
    let nobody = rule("run_as = [\"nobody\"]");
    assert!(allows(&nobody, ADA, &run_as("nobody")) && !allows(&nobody, ADA, &run_as("root")) && !allows(&nobody, ADA, &spec(&job, &[])));
    assert!(allows(&rule("run_as = [\"nobody\", \"\"]"), ADA, &spec(&job, &[])));
    assert!(!allows(&nobody, ADA, &run_as("nobody:root")) && allows(&rule("run_as = [\"nobody:root\"]"), ADA, &run_as("nobody:root")));
    let text = "[[rules]]\neffect = \"allow\"\nrun_as = [\"nobody\", \"nobody:root\", \"daemon:root\"]\n[[rules]]\neffect = \"deny\"\nrun_as = [\"nobody\"]";
    let denied = policy(text);
    assert!(!allows(&denied, ADA, &run_as("nobody")) && !allows(&denied, ADA, &run_as("nobody:root")));
    assert!(allows(&denied, ADA, &run_as("daemon:root")));
}

#[test]
fn a_rule_that_cannot_be_used_is_named_by_number_and_key() {
    let first = "[[rules]]\neffect = \"allow\"\nprograms = [\"/usr/bin/true\"]\n[[rules]]\n";
    for (rule, words) in [
        ("programs = [\"/x\"]", &["2", "effect"][..]),
        ("effect = \"permit\"", &["2", "effect", "permit"]),
        ("effect = \"allow\"\nprogram = [\"/x\"]", &["2", "program`"]),
        ("effect = \"allow\"\nargs = \"x\"", &["2", "args", "sequence"]),
        ("effect = \"allow\"\nprograms = [\"rsync\"]", &["2", "programs", "rsync", "absolute"]),
        ("effect = \"allow\"\nprograms = [\"/usr/../bin/x\"]", &["2", "programs", ".."]),
        ("effect = \"allow\"\nprograms = [\"/usr/bin/\"]", &["2", "programs"]),
        ("effect = \"allow\"\nprograms = [\"/usr/bin/{a,b}\"]", &["2", "programs"]),
        ("effect = \"allow\"\nprograms = [\"/usr/bin/a**\"]", &["2", "programs"]),
        ("effect = \"allow\"\nprograms = [\"/usr/[bin\"]", &["2", "programs"]),
        ("effect = \"allow\"\nprograms = []", &["2", "programs", "empty"]),
        ("effect = \"deny\"\nargs = []", &["2", "args", "empty"]),
        ("effect = \"deny\"\nenv = []", &["2", "env", "empty"]),
        ("effect = \"allow\"\nargs = ['a)|(?:b']", &["2", "args", "a)|(?:b"]),
        ("effect = \"allow\"\nargs = ['[a']", &["2", "args"]),
        ("effect = \"allow\"\nargs = ['(?x)a # b']", &["2", "args"]),
        ("effect = \"allow\"\nargs = ['(?=a)']", &["2", "args"]),
        ("effect = \"allow\"\nroles = [\"operatr\"]", &["2", "roles", "operatr", "viewer, operator, admin"]),
        ("effect = \"allow\"\nroles = [\"viewer\"]", &["2", "roles", "viewer"]),
        ("effect = \"deny\"\npeople = [\"Eve\"]", &["2", "people", "lower case"]),
        ("effect = \"deny\"\nenv = [\"LC_*\"]", &["2", "env", "LC_*"]),
        ("effect = \"deny\"\nprograms = [7]", &["2", "programs[0]"]),
    ] {
        let problem = problem(&format!("{first}{rule}"));
        for word in words {
            assert!(problem.contains(word), "{rule}: {problem}");
        }
        assert!(problem.contains("policy.rules 2"), "{rule}: {problem}");
    }
    assert!(problem("").contains("allows anything") && problem("[[rules]]\neffect = \"deny\"").contains("allows anything"));
    let ignored = Settings { free_commands: FreeCommands::Admins, ..settings(&format!("{first}effect = \"deny\"")).unwrap() };
    assert!(Policy::new(&ignored).is_err_and(|error| error.contains("policy.free_commands")));
    assert!(Policy::new(&Settings { free_commands: FreeCommands::Off, ..ignored }).is_ok());
}

#[test]
fn a_rule_that_amounts_to_any_command_is_warned_of() {
    let warnings = |rule: &str| policy(&format!("[[rules]]\neffect = \"allow\"\n{rule}")).warnings();
    for rule in [
        "",
        "programs = [\"/bin/sh\"]",
        "programs = [\"/usr/bin/*\"]",
        "programs = [\"/**\"]",
        "env = []",
        "args = []",
        "programs = [\"/bin/sh\"]\nargs = []",
    ] {
        assert!(warnings(rule).iter().any(|warning| warning.contains("policy.rules 1")), "{rule}: {:?}", warnings(rule));
    }
    for rule in [
        "programs = [\"/bin/sh\"]\nargs = ['/srv/jobs/nightly']",
        "programs = [\"/usr/bin/true\"]",
        "programs = [\"/usr/bin/env\", \"/usr/bin/find\", \"/usr/bin/tar\"]\nargs = []",
    ] {
        assert_eq!(warnings(rule), Vec::<String>::new(), "{rule}");
    }
    let shell = "programs = [\"/bin/sh\", \"/usr/bin/env\"]";
    assert!(warnings(shell)[0].contains("add args"));
    let typed = warnings(&format!("{shell}\nargs = []")).remove(0);
    assert!(typed.contains("typed") && !typed.contains("add args") && !typed.contains("env"), "{typed}");
}
