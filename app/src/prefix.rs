//! The path below which server functions are called.

use crate::server::BasePath;
use std::{
    cell::Cell,
    future::{Future, poll_fn},
};

thread_local! {
    /// The prefix of the innermost [`at`] whose future is being polled.
    static SCOPE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Calls server functions of an Execdeck that is mounted below `base`, such as `/deck`: all that the future calls, however deep,
/// is sent to routes below it, except from tasks that it spawns. Of several around each other the innermost holds.
///
/// Without it, calls go below the [`BasePath`] of the Leptos context, or below that of the document.
///
/// ```no_run
/// # async fn example() -> Result<(), execdeck_app::api::CallError> {
/// use execdeck_app::{api::create_process, wire::ProcessSpec};
///
/// let spec = ProcessSpec::new("make", ["release"]);
/// let process = execdeck_app::at("/deck", create_process(spec)).await?;
/// # Ok(())
/// # }
/// ```
pub fn at<F: Future>(base: impl Into<String>, future: F) -> impl Future<Output = F::Output> {
    let base = base.into().trim_end_matches('/').to_owned();
    let mut future = Box::pin(future);
    poll_fn(move |context| {
        let _scope = Scope::enter(base.clone());
        future.as_mut().poll(context)
    })
}

/// The prefix in force here.
pub(crate) fn current() -> String {
    let scope = SCOPE.take();
    SCOPE.set(scope.clone());
    scope.unwrap_or_else(|| BasePath::current().0)
}

/// Puts the prefix back that was in force before, also after a panic.
struct Scope(Option<String>);

impl Scope {
    fn enter(base: String) -> Self {
        Self(SCOPE.replace(Some(base)))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        SCOPE.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, future};
    use leptos::prelude::{Owner, provide_context};

    /// What is in force now, and after the task has waited.
    async fn twice() -> (String, String) {
        let first = current();
        let mut waited = false;
        poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        (first, current())
    }

    /// Polls the future until it is done.
    fn finish<T>(future: impl Future<Output = T>) -> T {
        let mut future = Box::pin(future);
        loop {
            if let Some(value) = future.as_mut().now_or_never() {
                return value;
            }
        }
    }

    #[test]
    fn the_innermost_scope_holds_also_after_waiting_and_ends_with_its_future() {
        let nested = finish(at("/outer", async {
            let inner = at("/inner/", twice()).await;
            (inner, twice().await)
        }));
        assert_eq!(nested, (("/inner".into(), "/inner".into()), ("/outer".into(), "/outer".into())));
        assert_eq!(current(), "");
    }

    #[test]
    fn tasks_that_take_turns_keep_their_own() {
        let (left, right) = finish(future::join(at("/left", twice()), at("/right", twice())));
        assert_eq!((left.1.as_str(), right.1.as_str()), ("/left", "/right"));
    }

    #[test]
    fn without_a_scope_the_context_says_where() {
        let owner = Owner::new();
        owner.set();
        provide_context(BasePath("/deck".into()));
        assert_eq!(finish(twice()).0, "/deck");
        assert_eq!(finish(at("", twice())).0, "");
    }
}
