//! The official Rust SDK against hark; see ../../README.md. Prints one line a test.

mod harness;

use std::time::Duration;

use harness::{check, expect, listen, proxy, same, Clients, Outcome, PATIENCE};
use momento::cache::CreateCacheResponse;
use momento::topics::ValueKind;
use momento::MomentoErrorCode::{CacheNotFoundError, InvalidArgumentError, LimitExceededError};

async fn text_and_binary_round_trip(c: &Clients) -> Outcome {
    let mut listener = listen(&c.topics, "round-trip").await?;
    let values = [
        ValueKind::Text("hello".into()),
        ValueKind::Text("grüße 🎉".into()),
        ValueKind::Text("".into()),
        ValueKind::Text("x".repeat(100_000)),
        ValueKind::Binary(vec![0, 255, 128, 10]),
        ValueKind::Binary(vec![]),
        ValueKind::Binary(vec![7; 200_000]),
    ];
    for value in values.clone() {
        match value {
            ValueKind::Text(text) => c.topics.publish("default", "round-trip", text).await,
            ValueKind::Binary(bytes) => c.topics.publish("default", "round-trip", bytes).await,
        }
        .map_err(|error| format!("publish: {error:?}"))?;
    }
    for (i, value) in values.into_iter().enumerate() {
        let item = listener.next().await?;
        check(item.kind == value, format!("value {i} differs"))?;
        same(item.topic_sequence_number, i as u64 + 1, "number")?;
    }
    Ok(())
}

async fn order_of_200_messages(c: &Clients) -> Outcome {
    let mut listeners = [listen(&c.topics, "order").await?, listen(&c.topics, "order").await?];
    for i in 1..=200 {
        c.publish("order", &format!("m{i}")).await?;
    }
    for listener in &mut listeners {
        for i in 1..=200 {
            same(listener.text().await?, (i, format!("m{i}")), "item")?;
        }
    }
    Ok(())
}

/// The SDK comes back by itself, at once, and asks again for the last message that it had: one duplicate a cut.
async fn resume_after_cuts(c: &Clients) -> Outcome {
    let mut listener = listen(&c.far_topics, "cut").await?;
    let mut at = 0;
    for _ in 0..5 {
        for i in at + 1..=at + 20 {
            c.publish("cut", &format!("m{i}")).await?;
        }
        for i in at + 1..=at + 20 {
            same(listener.text().await?, (i, format!("m{i}")), "item before the cut")?;
        }
        check(proxy("cut").await? > 0, "the cut hit nothing")?;
        for i in at + 21..=at + 40 {
            c.publish("cut", &format!("m{i}")).await?;
        }
        for i in at + 20..=at + 40 {
            same(listener.text().await?, (i, format!("m{i}")), "item after the cut")?;
        }
        at += 40;
    }
    Ok(())
}

/// The SDK hides the discontinuity; what follows it begins with the oldest that is kept.
async fn falling_out_of_the_replay_buffer(c: &Clients) -> Outcome {
    let (size, count) = (500_000, 20);
    let kept = (4 << 20) / size as u64;
    let mut listener = listen(&c.far_topics, "fallen").await?;
    c.publish("fallen", "first").await?;
    same(listener.next().await?.topic_sequence_number, 1, "number")?;
    check(proxy("close").await? > 0, "the cut hit nothing")?;
    for i in 0..count {
        c.publish("fallen", &(i.to_string() + &" ".repeat(size - 2))).await?;
    }
    proxy("open").await?;
    for number in count + 2 - kept..=count + 1 {
        same(listener.next().await?.topic_sequence_number, number, "number behind the gap")?;
    }
    c.publish("fallen", "live").await?;
    same(listener.text().await?, (count + 2, "live".into()), "live item")
}

async fn no_such_cache(c: &Clients) -> Outcome {
    expect(c.topics.publish("missing", "t", "x").await, CacheNotFoundError, "publish")?;
    expect(c.topics.subscribe("missing", "t").await, CacheNotFoundError, "subscribe")?;
    expect(c.caches.delete_cache("missing").await, CacheNotFoundError, "delete")
}

/// The SDK itself refuses an empty cache name; all the others are the server's to refuse.
async fn bad_names(c: &Clients) -> Outcome {
    for topic in ["", "a\nb", &"x".repeat(1025)] {
        expect(c.topics.publish("default", topic, "x").await, InvalidArgumentError, "publish")?;
        expect(c.topics.subscribe("default", topic).await, InvalidArgumentError, "subscribe")?;
    }
    // The SDK sends the cache's name as a header too, and so refuses line ends itself.
    for cache in ["", "a/b", &"x".repeat(256)] {
        expect(c.topics.publish(cache, "t", "x").await, InvalidArgumentError, "publish")?;
        expect(c.caches.create_cache(cache).await, InvalidArgumentError, "create")?;
    }
    Ok(())
}

async fn a_message_too_large(c: &Clients) -> Outcome {
    let publish = |size| c.topics.publish("default", "large", vec![7u8; size]);
    publish(1 << 20).await.map_err(|error| format!("1 MiB: {error:?}"))?;
    for size in [(1 << 20) + 1, 10_000_000] {
        let answer = publish(size).await;
        if let Err(error) = &answer {
            let words = "Request size limit exceeded";
            check(error.message.contains(words), format!("{size} bytes: {error:?}"))?;
        }
        expect(answer, LimitExceededError, &format!("{size} bytes"))?;
    }
    Ok(())
}

async fn create_list_delete_cache(c: &Clients) -> Outcome {
    same(c.cache_names().await?, vec!["default"], "caches")?;
    let create = || async { c.caches.create_cache("mine").await.map_err(|error| format!("create: {error:?}")) };
    same(create().await?, CreateCacheResponse::Created, "create")?;
    same(create().await?, CreateCacheResponse::AlreadyExists, "create twice")?;
    same(c.cache_names().await?, vec!["default", "mine"], "caches")?;
    c.topics.publish("mine", "t", "x").await.map_err(|error| format!("publish: {error:?}"))?;
    c.caches.delete_cache("mine").await.map_err(|error| format!("delete: {error:?}"))?;
    same(c.cache_names().await?, vec!["default"], "caches")?;
    expect(c.topics.publish("mine", "t", "x").await, CacheNotFoundError, "publish")
}

/// `run!(clients, test...)`: whether all of them were good; a line each.
macro_rules! run {
    ($clients:expr, $($test:ident),+ $(,)?) => {{
        let mut good = true;
        $(
            let limit = Duration::from_secs(4 * PATIENCE);
            let outcome = match tokio::time::timeout(limit, $test($clients)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(format!("no end within {limit:?}")),
            };
            match outcome {
                Ok(()) => println!("ok {}", stringify!($test)),
                Err(why) => {
                    println!("FAIL {}: {:.400}", stringify!($test), why);
                    good = false;
                }
            }
        )+
        good
    }};
}

#[tokio::main]
async fn main() {
    let clients = Clients::new();
    let good = run!(
        &clients,
        text_and_binary_round_trip,
        order_of_200_messages,
        no_such_cache,
        bad_names,
        a_message_too_large,
        create_list_delete_cache,
        resume_after_cuts,
        falling_out_of_the_replay_buffer,
    );
    std::process::exit(if good { 0 } else { 1 });
}
