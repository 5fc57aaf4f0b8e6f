//! Ports for servers that have to be told theirs before they run.

#![allow(dead_code, reason = "a toolkit: not every binary of tests starts such a server")]

use std::net::{SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that a system gives to whoever connects or asks for any port, so that nobody comes upon these by chance.
const FIRST: u16 = 20_000;
const COUNT: u32 = 12_000;

/// A free address that was not handed out before. Processes that run at the same time begin at different ports.
pub fn free() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let begin = process::id().wrapping_mul(131);
    for _ in 0..COUNT {
        let nth = begin.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST + u16::try_from(nth).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port of {COUNT} from {FIRST} on is free");
}
