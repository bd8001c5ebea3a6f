//! The power fails: who may do what stays as it was said to be, and above all, what was taken away stays so.

use crate::{
    ALONE,
    common::{TempFolder, eventually},
    deck::{Deck, command},
    disks::{Disk, Loss, may_mount_images},
};
use execdeck_client::Client;
use execdeck_wire::{ErrorCode, TokenInfo};
use serde_json::{Value, json};
use std::fs;

const PASSWORD: &str = "correct horse battery staple";

/// Whether the token that a client has is one.
async fn is_known(client: &Client) -> bool {
    match client.whoami().await {
        Ok(_) => true,
        Err(error) if error.code() == Some(ErrorCode::Unauthorized) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_of_accounts_and_tokens_holds_after_the_power_has_failed() {
    let _alone = ALONE.lock().await;
    if !may_mount_images("accounts::what_was_said_of_accounts_and_tokens_holds_after_the_power_has_failed") {
        return;
    }
    let folder = TempFolder::new();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let disk = Disk::new(&data, 64);
    let mut deck = Deck::start(&data);
    // The account was put there by the test, which has not synced it.
    rustix::fs::syncfs(fs::File::open(&data).unwrap()).unwrap();
    let (mut kept, mut revoked, mut people) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..4 {
        let name = format!("vera{round}");
        let client = deck.client();
        let token = async |label: &str| client.call::<Value>("create_token", &json!({ "label": label })).await.unwrap()["token"].clone();
        command(&data, &["user", "add", &name, "--role", "viewer"], PASSWORD);
        let of_vera = command(&data, &["token", "add", &name, "--label", "tests"], "").trim().to_owned();
        kept.push(token("kept").await);
        let label = format!("revoked {round}");
        revoked.push(token(&label).await);
        // What is answered last is what the power would take first: the one thing or the other.
        let revoke = async || {
            let tokens: Vec<TokenInfo> = client.call("list_tokens", &json!({})).await.unwrap();
            let id = tokens.iter().find(|token| token.label == label).unwrap().id;
            let () = client.call("revoke_token", &json!({ "id": id })).await.unwrap();
        };
        let disable = async || {
            let change = json!({ "person": { "name": name, "disabled": true } });
            client.call::<Value>("save_person", &change).await.unwrap();
        };
        if round % 2 == 0 {
            disable().await;
            revoke().await;
        } else {
            revoke().await;
            disable().await;
        }
        revoked.push(of_vera.into());
        people.push(name);
        disk.fail(Loss::Unsynced);
        deck.kill();
        eventually(async || disk.unmount()).await;
        disk.mount();

        deck.serve();
        for (tokens, expected) in [(&kept, true), (&revoked, false)] {
            for token in tokens {
                assert_eq!(is_known(&deck.client_with(token.as_str().unwrap())).await, expected, "round {round}");
            }
        }
        let listed = command(&data, &["user", "list"], "");
        assert!(people.iter().all(|name| listed.contains(&format!("{name}  viewer  disabled"))), "{listed}");
        assert!(command(&data, &["audit", "verify"], "").starts_with("the audit is whole"));
    }
    deck.stop();
    drop(deck);
    eventually(async || disk.unmount()).await;
}
