//! A remote server as the service of another application: what its people may do is checked before the call.

use crate::{
    client::{deck, sh},
    common::within,
    support::server,
};
use execdeck_app::service::{Caller, ProcessService, TemplateService};
use execdeck_client::Client;
use execdeck_wire::{ApiError, ErrorCode, Grants, ProcessFilter, ProcessSpec, ProcessState, Rights, Role, SignedInBy, Template};
use serde_json::json;

fn caller(role: Role) -> Caller {
    let (name, rights, grants) = ("grace".into(), role.rights(), Grants::default());
    Caller { name, rights, grants, role, via: SignedInBy::Session, token: None, address: None }
}

fn is_forbidden<T>(answer: Result<T, ApiError>, words: &str) {
    let error = answer.err().expect("it was refused");
    assert!(error.code == ErrorCode::Forbidden && error.message.contains(words), "{error:?} {words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_does_what_their_rights_allow_and_no_more() {
    let (server, _folder) = server().await;
    let client = deck(&server);
    let template: Template = serde_json::from_value(json!({ "name": "Read", "spec": { "program": "cat", "stdin": true } })).unwrap();
    let [viewer, operator, admin] = [Role::Viewer, Role::Operator, Role::Admin].map(caller);
    is_forbidden(within(TemplateService::save_template(&client, operator.clone(), template.clone())).await, "administer");
    let template = within(TemplateService::save_template(&client, admin.clone(), template)).await.unwrap().id.unwrap();
    let free = within(client.create(admin.clone(), ProcessSpec { stdin: true, ..sh("read line") })).await.unwrap();
    let start = |caller: &Caller| TemplateService::start_template(&client, caller.clone(), template, Default::default(), None);
    let templated = within(start(&operator)).await.unwrap();

    assert_eq!(within(client.list(viewer.clone(), ProcessFilter::default())).await.unwrap().processes.len(), 2);
    assert_eq!(within(client.get(viewer.clone(), free.id)).await.unwrap().id, free.id);
    assert_eq!(within(TemplateService::list_templates(&client, viewer.clone())).await.unwrap().len(), 1);
    is_forbidden(within(start(&viewer)).await, "start");
    is_forbidden(within(client.create(viewer.clone(), sh("true"))).await, "start");
    is_forbidden(within(client.kill(viewer.clone(), free.id, None)).await, "stop");
    is_forbidden(within(client.remove(viewer.clone(), free.id)).await, "stop");
    is_forbidden(within(ProcessService::write_input(&client, viewer.clone(), templated.id, "x".into())).await, "input");
    is_forbidden(within(client.restart(viewer.clone(), templated.id)).await, "start");
    is_forbidden(within(ProcessService::list_audit(&client, operator.clone(), Default::default())).await, "administer");
    is_forbidden(within(TemplateService::remove_template(&client, operator.clone(), template)).await, "administer");
    let preview = TemplateService::preview_template(&client, operator.clone(), Template::default(), Default::default());
    is_forbidden(within(preview).await, "administer");
    // The token is an administrator's, so only this side knows that an operator may not run any command.
    is_forbidden(within(client.create(operator.clone(), sh("true"))).await, "administrators only");
    is_forbidden(within(ProcessService::write_input(&client, operator.clone(), free.id, "x".into())).await, "administrators only");
    is_forbidden(within(client.restart(operator.clone(), free.id)).await, "administrators only");
    within(ProcessService::write_input(&client, operator.clone(), templated.id, "x".into())).await.unwrap();
    let again = within(client.restart(operator.clone(), templated.id)).await.unwrap();
    let nobody = Caller { rights: Rights::NONE, ..viewer.clone() };
    is_forbidden(within(client.list(nobody.clone(), ProcessFilter::default())).await, "view");
    is_forbidden(within(client.get(nobody.clone(), free.id)).await, "view");
    is_forbidden(within(TemplateService::get_template(&client, nobody, template)).await, "view");
    let narrowed = Caller { grants: Grants { templates: Some([template].into()), labels: None }, ..admin.clone() };
    is_forbidden(within(client.list(narrowed.clone(), ProcessFilter::default())).await, "token's owner");
    is_forbidden(within(client.kill(narrowed, free.id, None)).await, "token's owner");

    assert!(within(ProcessService::list_audit(&client, admin.clone(), Default::default())).await.unwrap().entries.len() > 3);
    for id in [free.id, templated.id, again.id] {
        within(client.kill(operator.clone(), id, Some("KILL".into()))).await.unwrap();
        assert_eq!(server.ended(id).await.state, ProcessState::Killed);
        within(client.remove(operator.clone(), id)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_between_the_servers_is_not_the_callers_fault() {
    let (server, _folder) = server().await;
    let viewer = caller(Role::Viewer);
    let misfit = within(deck(&server).get(viewer.clone(), uuid::Uuid::nil())).await.unwrap_err();
    assert_eq!(misfit.code, ErrorCode::NotFound, "{misfit}");
    for client in [Client::new(&server.url(""), "deck_old"), Client::new("http://127.0.0.1:9", "t")] {
        let error = within(client.unwrap().list(viewer.clone(), ProcessFilter::default())).await.unwrap_err();
        assert!(error.code == ErrorCode::Unavailable && !error.message.contains("127.0.0.1"), "{error:?}");
    }
}
