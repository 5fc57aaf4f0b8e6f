mod backup;
mod crash;
mod full;
mod pgbouncer;
mod pool;
mod session;
mod statements;
mod tls;
