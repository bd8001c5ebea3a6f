//! The server functions, with their arguments.

use super::function::Function;
use execdeck_app::api::{
    AddPasskey, AskForPasskey, ChangePassword, CreateProcess, CreateToken, EndOtherSessions, EndSession, GetHealth, GetProcess,
    GetTemplate, KillProcess, ListAudit, ListPasskeys, ListPeople, ListProcesses, ListSessions, ListTemplates, ListTokens, PasskeyOptions,
    PasskeyProofOptions, PasskeySignInOptions, PreviewTemplate, RemovePasskey, RemoveProcess, RemoveTemplate, RestartProcess, RevokeToken,
    SavePerson, SaveTemplate, Setup, SignIn, SignInWithPasskey, SignOut, StartTemplate, Whoami, WriteInput,
};

/// `function!(group, Name(required arguments; optional ones), "What it does.")`. Types come from the function itself; an argument that is
/// missing here, or does not exist, does not compile.
macro_rules! function {
    ($group:ident, $name:ident($($required:ident),* $(; $($optional:ident),*)?), $summary:literal) => {
        Function::of(stringify!($group), $summary, |$name { $($required: _,)* $($($optional: _,)*)? }: &$name| ())
            $(.with(stringify!($required), true, |call: &$name| &call.$required))*
            $($(.with(stringify!($optional), false, |call: &$name| &call.$optional))*)?
    };
}

/// All of them.
pub(super) fn all() -> Vec<Function> {
    vec![
        function!(processes, CreateProcess(spec), "Starts a process, or queues it while as many as may be active are."),
        function!(processes, ListProcesses(; filter), "Lists processes, newest first."),
        function!(processes, GetProcess(id), "Finds one process."),
        function!(processes, KillProcess(id; signal), "Stops a process and its whole tree, or sends it a signal."),
        function!(processes, RestartProcess(id), "Starts a new process with the spec of another, secrets included."),
        function!(processes, RemoveProcess(id), "Removes an ended process and its output."),
        function!(processes, WriteInput(id, text), "Types text into a process: all of it or nothing."),
        function!(templates, ListTemplates(), "The templates that the caller may see, by name."),
        function!(templates, GetTemplate(id), "Finds one template; its secrets are masked."),
        function!(templates, SaveTemplate(template), "Creates a template, or replaces the one with its id. For administrators."),
        function!(templates, RemoveTemplate(id), "Removes a template; what was started from it stays. For administrators."),
        function!(templates, PreviewTemplate(template; values), "What these values would run, secrets masked. For administrators."),
        function!(templates, StartTemplate(id; values, reason), "Starts a process from a template."),
        function!(people, SignIn(name, password), "Signs in with a password; the session comes as a cookie.").public(),
        function!(people, Setup(code, name, password), "Creates the first administrator and signs them in.").public(),
        function!(people, SignOut(), "Ends the session of the request."),
        function!(people, Whoami(), "Who has sent the request, and what they may do."),
        function!(people, ChangePassword(current, new), "Changes one's own password and ends one's other sessions."),
        function!(people, ListPeople(), "All people, by name. For administrators."),
        function!(people, SavePerson(person), "Creates an account or changes one. For administrators."),
        function!(people, ListSessions(; person), "One's own sessions, or another person's, for administrators."),
        function!(people, EndSession(id), "Ends one of one's own sessions; or anybody's, for administrators."),
        function!(people, EndOtherSessions(), "Ends all of one's own sessions but that of the request, and says how many."),
        function!(people, ListTokens(), "One's own tokens."),
        function!(people, CreateToken(label; rights, expires_at), "Creates a token; this answer is the only one that contains it."),
        function!(people, RevokeToken(id), "Revokes one of one's own tokens; or anybody's, for administrators."),
        function!(people, PasskeySignInOptions(; after_password), "What to ask a passkey to sign in (WebAuthn's JSON).").public(),
        function!(people, SignInWithPasskey(credential), "Signs in with what a passkey has answered (WebAuthn's JSON).").public(),
        function!(people, PasskeyProofOptions(), "What to ask one of one's own passkeys to prove that it is oneself who asks."),
        function!(people, PasskeyOptions(; proof), "What to ask an authenticator to make a passkey (WebAuthn's JSON)."),
        function!(people, AddPasskey(label, credential), "Adds the passkey that an authenticator has made (WebAuthn's JSON)."),
        function!(people, ListPasskeys(), "One's own passkeys."),
        function!(people, RemovePasskey(id; proof), "Removes one of one's own passkeys."),
        function!(people, AskForPasskey(ask; proof), "Sets whether one is asked for a passkey after the password."),
        function!(audit, ListAudit(; filter), "What was done and refused, newest first. For administrators."),
        function!(server, GetHealth(), "What is wrong with the server, if anything, and how full its disk is."),
    ]
}
