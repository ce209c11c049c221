//! Connecting: name, address, proxy, TLS.
//!
//! TLS trusts the system's certificates, or a connection's private authority *instead*. A destination
//! on this machine is reached directly, any other through the connection's proxy if it has one, and
//! only with CONNECT, so that a proxy sees no request.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bailiwick_authority::Connection;
use http::Uri;
use http::uri::Scheme;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tower_service::Service;

use super::gated::{Gated, Slot};
use super::{SetUpError, Unreachable};

/// What HTTP is spoken over.
pub(super) trait Io: hyper::rt::Read + hyper::rt::Write + Send + Unpin {}

impl<T: hyper::rt::Read + hyper::rt::Write + Send + Unpin> Io for T {}

/// How to connect to one address.
pub(super) struct Connector {
    target: Uri,
    proxy: Option<Uri>,
    /// None for plain HTTP.
    tls: Option<Arc<ClientConfig>>,
}

impl Connector {
    pub(super) fn new(connection: &Connection) -> Result<Connector, SetUpError> {
        let parse = |text: &String| text.parse::<Uri>().map_err(|_| SetUpError::Address(text.clone()));
        let target = parse(&connection.api)?;
        let proxy = connection.proxy.as_ref().map(parse).transpose()?;
        let tls = match target.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => {
                Some(Arc::new(trust(connection.certificate_authority.as_deref())?))
            }
            Some(scheme) if *scheme == Scheme::HTTP => None,
            _ => return Err(SetUpError::Address(connection.api.clone())),
        };
        Ok(Connector { target, proxy, tls })
    }

    /// Connects. Every byte, those of TLS and of the tunnel too, goes through `slot`.
    pub(super) async fn connect(&self, slot: &Arc<Slot>) -> Result<Box<dyn Io>, Unreachable> {
        let tcp = Tcp { slot: Arc::clone(slot), loopback_only: self.tls.is_none() };
        let target = self.target.clone();
        let Some(tls) = &self.tls else {
            return Ok(Box::new(call(tcp, target).await?));
        };
        let tls = Arc::clone(tls);
        let Some(proxy) = &self.proxy else {
            return Ok(Box::new(call(HttpsConnector::from((tcp, tls)), target).await?));
        };
        let to_proxy = HttpsConnector::from((tcp, Arc::clone(&tls)));
        let tunnel = Tunnel::new(proxy.clone(), to_proxy);
        let through = call(HttpsConnector::from((tunnel, tls)), target).await;
        Ok(Box::new(through.map_err(|why| match why {
            Unreachable::Tls(_) => why,
            _ => Unreachable::Proxy,
        })?))
    }
}

async fn call<S>(mut service: S, target: Uri) -> Result<S::Response, Unreachable>
where
    S: Service<Uri>,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let ready = std::future::poll_fn(|cx| service.poll_ready(cx));
    ready.await.map_err(|error| classify(&*error.into()))?;
    service.call(target).await.map_err(|error| classify(&*error.into()))
}

/// Finds the known reason among an error and its sources.
fn classify(error: &(dyn StdError + 'static)) -> Unreachable {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(known) = error.downcast_ref::<Unreachable>() {
            return known.clone();
        }
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Unreachable::Tls(tls.to_string());
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // io::Error hides the error inside it from `source`.
            if let Some(inside) = io.get_ref() {
                return classify(inside);
            }
            if io.kind() == io::ErrorKind::ConnectionRefused {
                return Unreachable::Refused;
            }
            return Unreachable::Network(io.kind().to_string());
        }
        next = error.source();
    }
    Unreachable::Network("connection failed".to_owned())
}

/// What TLS trusts.
fn trust(private: Option<&str>) -> Result<ClientConfig, SetUpError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| SetUpError::NoSystemRoots)?;
    let builder = match private {
        None => builder.with_native_roots().map_err(|_| SetUpError::NoSystemRoots)?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| SetUpError::PrivateAuthority)?;
                roots.add(certificate).map_err(|_| SetUpError::PrivateAuthority)?;
            }
            if roots.is_empty() {
                return Err(SetUpError::PrivateAuthority);
            }
            builder.with_root_certificates(roots)
        }
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// TCP to a URL's host and port.
#[derive(Clone, Debug)]
struct Tcp {
    slot: Arc<Slot>,
    /// Names may stand for any address: for plain HTTP, the address decides.
    loopback_only: bool,
}

impl Service<Uri> for Tcp {
    type Response = TokioIo<Gated>;
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unreachable>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let Tcp { slot, loopback_only } = self.clone();
        Box::pin(async move {
            let host = target.host().ok_or(Unreachable::NoAddress)?;
            let implied = if target.scheme() == Some(&Scheme::HTTP) { 80 } else { 443 };
            let port = target.port_u16().unwrap_or(implied);
            let addresses = lookup_host((host, port)).await.map_err(|_| Unreachable::NoAddress)?;
            let mut last = Unreachable::NoAddress;
            for address in addresses {
                if loopback_only && !address.ip().is_loopback() {
                    last = Unreachable::NotLoopback;
                    continue;
                }
                match TcpStream::connect(address).await {
                    Ok(stream) => {
                        stream.set_nodelay(true).map_err(|error| classify(&error))?;
                        return Ok(TokioIo::new(Gated::new(stream, slot)));
                    }
                    Err(error) => last = classify(&error),
                }
            }
            Err(last)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn plain_http_reaches_no_other_machine() {
        for target in ["http://192.0.2.1:9", "http://10.0.0.1", "http://0.0.0.0:9"] {
            let mut tcp = Tcp { slot: Arc::new(Slot::default()), loopback_only: true };
            let refused = tcp.call(target.parse().unwrap()).await.err();
            assert_eq!(refused, Some(Unreachable::NotLoopback), "{target}");
        }
    }
}
