//! Which request something is done for. The id goes with the task that answers, so that whoever logs need not be handed it.

use std::sync::Arc;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// That of the request for which this is done, if it is done for one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whatever a future does is done for this request.
    pub async fn within<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// As [`RequestId::within`], for a thread that works for requests in turn.
    pub fn within_sync<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: &str) -> Option<RequestId> {
        Some(RequestId::new(id))
    }

    #[tokio::test]
    async fn it_is_known_to_the_end_of_the_work_and_not_beyond_it() {
        assert_eq!(RequestId::current(), None);
        let work = async {
            tokio::task::yield_now().await;
            RequestId::current()
        };
        assert_eq!(RequestId::new("a").within(work).await, id("a"));
        assert_eq!(RequestId::new("b").within_sync(RequestId::current), id("b"));
        assert_eq!(RequestId::current(), None);
    }

    #[tokio::test]
    async fn requests_that_take_turns_on_a_thread_keep_their_own() {
        let work = |name| {
            RequestId::new(name).within(async {
                tokio::task::yield_now().await;
                RequestId::current()
            })
        };
        assert_eq!(futures_util::future::join(work("a"), work("b")).await, (id("a"), id("b")));
    }
}
