//! For whom something is done: a request and whoever sends it, a command of the command line, or nobody but the server
//! itself. It goes with the task, so that whoever writes down what happened need not be handed it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::RequestId;

tokio::task_local! {
    static CURRENT: Behalf;
}

/// The most letters of a user agent that are kept.
const LONGEST_AGENT: usize = 256;

/// Whoever acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has said who they are, or nobody has proved it.
    Anonymous,
    /// Whoever holds the session that is acted upon.
    Holder,
    User {
        id: String,
        /// The id of the session; never its token.
        session_id: String,
        /// The admin who acts as this user.
        impersonated_by: Option<String>,
    },
    /// The holder of a token of `[admin] tokens` or of a resource server's credentials, by its name.
    Token(String),
    /// An operator, by the command.
    Command(String),
    /// The server, by itself.
    System,
}

/// What is known of a request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: RequestId,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
}

/// For whom something is done. Cheap to clone; all clones learn at once who it is.
#[derive(Clone, Debug)]
pub struct Behalf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    asked: Option<Asked>,
    route: OnceLock<Arc<str>>,
    actor: Mutex<Actor>,
    /// The user whom a request turned out to be about.
    about: Mutex<Option<String>>,
    tried: AtomicBool,
}

impl Behalf {
    /// Of whoever sends a request, who is not known yet.
    pub fn of(asked: Asked) -> Self {
        let user_agent = asked.user_agent.map(|mut agent| {
            let end = agent.char_indices().nth(LONGEST_AGENT).map_or(agent.len(), |(end, _)| end);
            agent.truncate(end);
            agent
        });
        Self::new(Some(Asked { user_agent, ..asked }), Actor::Anonymous)
    }

    /// Of an operator who runs a command.
    pub fn command(name: &str) -> Self {
        Self::new(None, Actor::Command(name.to_owned()))
    }

    fn new(asked: Option<Asked>, actor: Actor) -> Self {
        let (route, actor, about) = (OnceLock::new(), Mutex::new(actor), Mutex::default());
        Self(Arc::new(Inner { asked, route, actor, about, tried: AtomicBool::new(false) }))
    }

    /// That for which this is done; the server's own where nobody has asked for it.
    pub fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_else(|_| Self::new(None, Actor::System))
    }

    /// Notes who acts from now on.
    pub fn acts(actor: Actor) {
        Self::note(|behalf| *behalf.actor.lock().unwrap_or_else(PoisonError::into_inner) = actor);
    }

    /// Notes which user a request is about, also where nothing comes of it.
    pub fn is_about(user_id: &str) {
        let about = Some(user_id.to_owned());
        Self::note(|behalf| *behalf.about.lock().unwrap_or_else(PoisonError::into_inner) = about);
    }

    /// Notes that a password is tried, which costs whoever tries it some time.
    pub fn tries() {
        Self::note(|behalf| behalf.tried.store(true, Ordering::Relaxed));
    }

    fn note(note: impl FnOnce(&Inner)) {
        // Without a request nobody is to be found out.
        let _ = CURRENT.try_with(|behalf| note(&behalf.0));
    }

    /// The id of the request for which this is done, if it is done for one.
    pub(super) fn request_id() -> Option<RequestId> {
        CURRENT.try_with(|behalf| behalf.0.asked.as_ref().map(|asked| asked.id.clone())).ok().flatten()
    }

    /// Notes the request's route, as it was declared. The first one stays.
    pub fn goes_to(&self, route: &Arc<str>) {
        self.0.route.get_or_init(|| Arc::clone(route));
    }

    pub fn asked(&self) -> Option<&Asked> {
        self.0.asked.as_ref()
    }

    pub fn route(&self) -> Option<&str> {
        self.0.route.get().map(AsRef::as_ref)
    }

    pub fn actor(&self) -> Actor {
        self.0.actor.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn about(&self) -> Option<String> {
        self.0.about.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a password was tried.
    pub fn has_tried(&self) -> bool {
        self.0.tried.load(Ordering::Relaxed)
    }

    /// Whatever a future does is done for this one.
    pub async fn within<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// As [`Behalf::within`], for a thread that works for requests in turn.
    pub fn within_sync<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(agent: &str) -> Asked {
        Asked { id: RequestId::new("a"), ip_address: None, user_agent: Some(agent.to_owned()) }
    }

    #[tokio::test]
    async fn who_acts_is_learnt_on_the_way_and_forgotten_at_the_end() {
        let behalf = Behalf::of(asked("agent"));
        let work = async {
            assert_eq!(Behalf::current().actor(), Actor::Anonymous);
            tokio::task::yield_now().await;
            Behalf::acts(Actor::Token("a".to_owned()));
            Behalf::is_about("ada");
            (Behalf::current().actor(), Behalf::current().about())
        };
        let learnt = (Actor::Token("a".to_owned()), Some("ada".to_owned()));
        assert_eq!(behalf.clone().within(work).await, learnt);
        assert_eq!((behalf.actor(), behalf.about()), learnt);
        assert_eq!(Behalf::current().actor(), Actor::System);
        Behalf::acts(Actor::Anonymous);
        assert_eq!(Behalf::current().actor(), Actor::System);
    }

    #[test]
    fn a_long_user_agent_is_cut_between_its_letters() {
        let agent = |text: &str| Behalf::of(asked(text)).asked().unwrap().user_agent.clone().unwrap();
        assert_eq!(agent(&"é".repeat(300)), "é".repeat(256));
        assert_eq!(agent("short"), "short");
    }
}
