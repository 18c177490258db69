//! Clients of the server under test and of its proxy, a subscription with a limit of time, and comparisons.

use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt;
use momento::cache::configurations as cache_configurations;
use momento::topics::{configurations, Subscription, SubscriptionValue, ValueKind};
use momento::{CacheClient, CredentialProvider, MomentoErrorCode, MomentoResult, TopicClient};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Seconds that an item may take.
pub const PATIENCE: u64 = 60;

/// The SDK has no provider without a key; this one says {"endpoint":"localhost","api_key":"none"}.
const NO_KEY: &str = "eyJlbmRwb2ludCI6ImxvY2FsaG9zdCIsImFwaV9rZXkiOiJub25lIn0=";

/// What a test returns: why it failed, if it did.
pub type Outcome = Result<(), String>;

fn port(name: &str) -> u16 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).expect(name)
}

fn credentials(port: u16) -> CredentialProvider {
    CredentialProvider::from_disposable_token(NO_KEY)
        .expect("the key")
        .insecure_endpoint_override(&format!("http://127.0.0.1:{port}"))
}

fn topics(port: u16) -> TopicClient {
    TopicClient::builder()
        .configuration(configurations::Laptop::latest())
        .credential_provider(credentials(port))
        .build()
        .expect("a topic client")
}

/// The clients that all tests share; `far_topics` goes through the proxy.
pub struct Clients {
    pub topics: TopicClient,
    pub far_topics: TopicClient,
    pub caches: CacheClient,
}

impl Clients {
    pub fn new() -> Self {
        let caches = CacheClient::builder()
            .default_ttl(Duration::from_secs(60))
            .configuration(cache_configurations::Laptop::latest())
            .credential_provider(credentials(port("HARK_PORT")))
            .build()
            .expect("a cache client");
        Self { topics: topics(port("HARK_PORT")), far_topics: topics(port("PROXY_PORT")), caches }
    }

    /// Publishes a text to the cache `default`.
    pub async fn publish(&self, topic: &str, text: &str) -> Outcome {
        let answer = self.topics.publish("default", topic, text).await;
        answer.map(|_| ()).map_err(|error| format!("publish: {error:?}"))
    }

    /// The names of all caches, sorted.
    pub async fn cache_names(&self) -> Result<Vec<String>, String> {
        let answer = self.caches.list_caches().await.map_err(|error| format!("list: {error:?}"))?;
        let mut names: Vec<_> = answer.caches.into_iter().map(|cache| cache.name).collect();
        names.sort();
        Ok(names)
    }
}

/// A subscription whose items must come in time.
pub struct Listener(Subscription);

impl Listener {
    pub async fn next(&mut self) -> Result<SubscriptionValue, String> {
        match tokio::time::timeout(Duration::from_secs(PATIENCE), self.0.next()).await {
            Ok(Some(item)) => Ok(item),
            Ok(None) => Err("the subscription ended".into()),
            Err(_) => Err(format!("no item within {PATIENCE} s")),
        }
    }

    /// The number and the text of the next item.
    pub async fn text(&mut self) -> Result<(u64, String), String> {
        let item = self.next().await?;
        match item.kind {
            ValueKind::Text(text) => Ok((item.topic_sequence_number, text)),
            ValueKind::Binary(_) => Err(format!("item {} is binary", item.topic_sequence_number)),
        }
    }
}

/// Subscribes to a topic of the cache `default`.
pub async fn listen(client: &TopicClient, topic: &str) -> Result<Listener, String> {
    let answer = client.subscribe("default", topic).await;
    answer.map(Listener).map_err(|error| format!("subscribe: {error:?}"))
}

/// Tells the proxy to `cut`, `close` or `open`; how many connections that broke.
pub async fn proxy(command: &str) -> Result<u64, String> {
    let exchange = async {
        let mut control = TcpStream::connect(("127.0.0.1", port("CONTROL_PORT"))).await?;
        control.write_all(format!("{command}\n").as_bytes()).await?;
        let mut answer = String::new();
        control.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| format!("proxy: {error}"))?;
    answer.trim().parse().map_err(|_| format!("proxy: {answer}"))
}

pub fn check(condition: bool, why: impl Into<String>) -> Outcome {
    if condition { Ok(()) } else { Err(why.into()) }
}

pub fn same<A: Debug + PartialEq<B>, B: Debug>(actual: A, expected: B, what: &str) -> Outcome {
    check(actual == expected, format!("{what}: got {actual:?}, expected {expected:?}"))
}

/// Demands an error with this code.
pub fn expect<T>(answer: MomentoResult<T>, code: MomentoErrorCode, what: &str) -> Outcome {
    match answer {
        Ok(_) => Err(format!("{what}: expected {code:?}, got success")),
        Err(error) => check(error.error_code == code, format!("{what}: expected {code:?}, got {error:?}")),
    }
}
