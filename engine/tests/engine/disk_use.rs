use crate::common::{TestEngine, eventually, sh, within};

#[tokio::test(flavor = "multi_thread")]
async fn disk_use_counts_what_a_running_process_keeps_and_the_file_system_that_it_is_on() {
    let test = TestEngine::new().await;
    let before = test.engine.disk().await.unwrap();
    assert_eq!(before.output_bytes, 0);
    let mut spec = sh("head -c 1000000 /dev/zero; read end");
    spec.stdin = true;
    let process = test.start(spec).await;
    eventually(async || test.engine.disk().await.unwrap().output_bytes == 1_000_000).await;
    let now = test.engine.disk().await.unwrap();
    assert!(now.database_bytes >= 256 << 10, "the reserve alone is as large: {now:?}");
    assert!(now.free_bytes > 0 && now.free_bytes < now.total_bytes, "{now:?}");
    test.engine.close_input(process.id).await.unwrap();
    within(test.engine.wait(process.id)).await.unwrap();
}
