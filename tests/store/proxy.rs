//! A proxy that can lose a connection without a word, as a firewall does.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to what comes through.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Passing,
    /// Nothing comes through and nobody is told.
    Swallowing,
}

pub struct Proxy {
    port: u16,
    mood: Arc<watch::Sender<Mood>>,
    /// The connections made before the last number freeze, those before the last cut end.
    frozen: Arc<watch::Sender<u64>>,
    cut: Arc<watch::Sender<u64>>,
}

impl Proxy {
    /// A proxy before the server of a URL.
    pub async fn before(url: &str) -> Self {
        let url = url::Url::parse(url).expect("a URL");
        let server = (url.host_str().expect("a host").to_owned(), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let proxy = Self {
            port,
            mood: Arc::new(watch::Sender::new(Mood::Passing)),
            frozen: Arc::default(),
            cut: Arc::default(),
        };
        let (mood, frozen, cut) = (proxy.mood.clone(), proxy.frozen.clone(), proxy.cut.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, mood, frozen, cut) =
                    (server.clone(), mood.subscribe(), frozen.subscribe(), cut.subscribe());
                tokio::spawn(carry(client, server, mood, frozen, cut));
            }
        });
        proxy
    }

    /// The URL with the proxy in place of the server.
    pub fn instead_of(&self, url: &str) -> SecretString {
        let mut url = url::Url::parse(url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.port)).expect("a port");
        SecretString::from(url.to_string())
    }

    /// Swallows everything, of open and of new connections, or lets new ones pass again.
    pub fn swallow(&self, swallow: bool) {
        self.mood.send_replace(if swallow { Mood::Swallowing } else { Mood::Passing });
    }

    /// The connections that are open fall silent; new ones pass.
    pub fn freeze_the_open_ones(&self) {
        self.frozen.send_modify(|count| *count += 1);
    }

    /// The connections that are open end.
    pub fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

async fn carry(
    mut client: TcpStream,
    server: (String, u16),
    mut mood: watch::Receiver<Mood>,
    mut frozen: watch::Receiver<u64>,
    mut cut: watch::Receiver<u64>,
) {
    if *mood.borrow() == Mood::Passing {
        let mut server = TcpStream::connect(server).await.expect("the server is there");
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = cut.changed() => return,
            _ = mood.wait_for(|mood| *mood == Mood::Swallowing) => {}
            _ = frozen.changed() => {}
        }
        // A firewall that forgot a connection never brings it back: both ends stay open, and hear nothing.
        std::future::pending::<()>().await;
        drop(server);
    }
    std::future::pending::<()>().await;
    drop(client);
}
