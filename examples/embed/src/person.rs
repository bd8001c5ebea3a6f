//! Who is signed in at the console, and the page where one signs in.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// The page where one signs in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let next = move || query.read().get("next").unwrap_or_default();
    let was_wrong = move || query.read().get("wrong").is_some();
    view! {
        <Title text="Sign in"/>
        <h1>"Sign in"</h1>
        <form method="post" action="/sign-in" class="sign-in">
            <p role="alert" hidden=move || !was_wrong()>"The name or the password is wrong."</p>
            <label>"Name"<input name="name" autocomplete="username" required/></label>
            <label>"Password"<input name="password" type="password" autocomplete="current-password" required/></label>
            <input type="hidden" name="next" value=next/>
            <button type="submit">"Sign in"</button>
        </form>
    }
}

/// Who is signed in, in the bar.
#[component]
pub fn Person() -> impl IntoView {
    let person = Resource::new(|| (), |()| who());
    let shown = move || {
        Suspend::new(async move {
            match person.await {
                Ok(Some(name)) => Either::Left(view! {
                    <form method="post" action="/sign-out"><span>{name}</span><button type="submit">"Sign out"</button></form>
                }),
                Ok(None) | Err(_) => Either::Right(view! { <a href="/sign-in">"Sign in"</a> }),
            }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// Who is signed in.
#[server]
async fn who() -> Result<Option<String>, ServerFnError> {
    let headers: axum::http::HeaderMap = leptos_axum::extract().await?;
    Ok(expect_context::<crate::sign_in::SignIn>().person(&headers).map(|person| person.name))
}
