//! `signet health`: asks the running server whether it is ready, as a container's HEALTHCHECK does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Failure, config};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Every failure is [`Failure::Refused`]: a HEALTHCHECK knows 0 and 1 only.
pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let (config, _) = config::load(file).map_err(|fault| Failure::Refused(fault.to_string()))?;
    let bind = config.server.ops_bind.ok_or_else(|| {
        Failure::Refused(
            "There is no operations listener: server.ops_bind (SIGNET__SERVER__OPS_BIND) is \"off\".".into(),
        )
    })?;
    let address = reachable(bind);
    let refused = |reason: String| Failure::Refused(format!("Not ready at {address}: {reason}"));
    let answer = tokio::time::timeout(PATIENCE, ask(address)).await;
    let answer = answer.map_err(|_| refused(format!("no answer within {PATIENCE:?}")))?;
    let answer = answer.map_err(|error| refused(error.to_string()))?;
    judge(&answer).map_err(refused)?;
    println!("ready");
    Ok(())
}

/// Where a listener on all addresses is met from here.
fn reachable(bind: SocketAddr) -> SocketAddr {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Nothing of an answer of 200; the reasons in any other.
fn judge(answer: &str) -> Result<(), String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        return Ok(());
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let parts = body["parts"].as_object().into_iter().flatten();
    let reasons = parts.filter_map(|(name, part)| Some(format!("{name}: {}", part["reason"].as_str()?)));
    let reasons: Vec<_> = reasons.collect();
    Err(if reasons.is_empty() {
        format!("what answers there is no operations listener of Signet (status {status:?})")
    } else {
        reasons.join("; ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_part_by_part() {
        assert_eq!(judge("HTTP/1.1 200 OK\r\n\r\n{\"ready\":true,\"parts\":{}}"), Ok(()));
        let parts = r#"{"a":{"ready":true},"b":{"ready":false,"reason":"away"},"c":{"ready":false,"reason":"full"}}"#;
        let answer = format!("HTTP/1.1 503 Service Unavailable\r\nx: y\r\n\r\n{{\"ready\":false,\"parts\":{parts}}}");
        assert_eq!(judge(&answer), Err("b: away; c: full".to_owned()));
    }

    #[test]
    fn what_is_no_answer_of_ours_is_not_ready() {
        for answer in ["", "HTTP/1.1 404 Not Found\r\n\r\nno", "HTTP/1.1 302 Found\r\n\r\n", "SSH-2.0"] {
            assert!(judge(answer).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_listener_on_all_addresses_is_asked_on_this_machine() {
        for (bind, address) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.7:1", "10.0.0.7:1")] {
            assert_eq!(reachable(bind.parse().unwrap()), address.parse().unwrap());
        }
    }
}
