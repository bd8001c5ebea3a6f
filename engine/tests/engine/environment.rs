use crate::common::{TestEngine, sh, spec};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_gets_a_small_environment_and_what_its_spec_adds() {
    let test = TestEngine::new().await;
    let mut spec = spec(&["env"]);
    spec.env.insert("GREETING".into(), "hello world".into());
    let (_, output) = test.run(spec).await;
    let output = String::from_utf8(output).unwrap();
    let names: Vec<_> = output.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"PATH") && output.contains("GREETING=hello world"), "{output}");
    assert!(names.contains(&"EXECDECK_PROCESS_ID"));
    // The test's own environment, as cargo sets it, stands for a server's secrets.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!output.contains("CARGO"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_has_no_file_open_but_its_three() {
    let test = TestEngine::new().await;
    let (_, output) = test.run(sh("ls /proc/$$/fd")).await;
    assert_eq!(String::from_utf8(output).unwrap(), "0\n1\n2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_leads_a_session_of_its_own_with_default_signals() {
    let test = TestEngine::new().await;
    let (_, output) = test.run(sh("cut -d' ' -f1,5,6 /proc/$$/stat")).await;
    let output = String::from_utf8(output).unwrap();
    let ids: Vec<_> = output.lines().next().unwrap().split(' ').collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{output}");
    // Without a shell, since shells clear the mask of blocked signals.
    let (_, output) = test.run(spec(&["grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"])).await;
    let output = String::from_utf8(output).unwrap();
    assert_eq!(output.lines().count(), 2);
    for mask in output.lines().filter_map(|line| line.split('\t').nth(1)) {
        // 32 and 33 belong to the C library, which lets nobody set them.
        assert_eq!(u64::from_str_radix(mask, 16).unwrap() & !0x1_8000_0000, 0, "{output}");
    }
}
