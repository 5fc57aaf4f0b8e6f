//! Which request something is done for: whoever logs need not be handed its id.

use std::sync::Arc;

use super::Behalf;

/// The id of a request. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// That of the request for which this is done, if it is done for one.
    pub fn current() -> Option<Self> {
        Behalf::request_id()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::behalf::Asked;

    fn id(id: &str) -> Option<RequestId> {
        Some(RequestId::new(id))
    }

    fn of(id: &str) -> Behalf {
        Behalf::of(Asked { id: RequestId::new(id), ip_address: None, user_agent: None })
    }

    #[tokio::test]
    async fn it_is_known_to_the_end_of_the_work_and_not_beyond_it() {
        assert_eq!(RequestId::current(), None);
        let work = async {
            tokio::task::yield_now().await;
            RequestId::current()
        };
        assert_eq!(of("a").within(work).await, id("a"));
        assert_eq!(of("b").within_sync(RequestId::current), id("b"));
        assert_eq!(RequestId::current(), None);
    }

    #[tokio::test]
    async fn requests_that_take_turns_on_a_thread_keep_their_own() {
        let work = |name| {
            of(name).within(async {
                tokio::task::yield_now().await;
                RequestId::current()
            })
        };
        assert_eq!(futures_util::future::join(work("a"), work("b")).await, (id("a"), id("b")));
    }
}
