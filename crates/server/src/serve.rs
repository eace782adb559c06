//! Listening.

use std::future::Future;
use std::net::SocketAddr;

use byleave_app::App;
use tokio::net::TcpListener;

use crate::{Config, router};

/// Answers on `listener` until `stop` ends; requests under way are finished first.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    config: Config,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app, config).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop).await
}
