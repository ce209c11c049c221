//! Certificates and proxies: what is trusted, what is reached through what, and what a proxy sees.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bailiwick_authority::Connection;
use bailiwick_broker::destinations::github::{Cause, Death, Failure, GitHub, NotUsable, Scope};
use bailiwick_broker::destinations::http::{SetUpError, Unreachable};
use bailiwick_protocol::ErrorCode;
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{World, connection};

/// An authority of our own and a certificate of its for one name, made by OpenSSL.
struct Authority {
    certificate: String,
    server: Arc<ServerConfig>,
}

impl Authority {
    fn vouching_for(name: &str) -> Authority {
        let folder = tempfile::tempdir().unwrap();
        let at = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout"];
        let run = |arguments: &[&str]| {
            let made = Command::new("openssl").args(arguments).output().expect("openssl runs");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        };
        let (ca, ca_key, server, server_key) =
            (at("ca.pem"), at("ca.key"), at("server.pem"), at("server.key"));
        let (request, names) = (at("request"), at("names"));
        run(&[&["req", "-x509", "-days", "2", "-subj", "/CN=Acme", "-out", &ca][..], &key, &[&ca_key]]
            .concat());
        run(&[&["req", "-subj", "/CN=x", "-out", &request][..], &key, &[&server_key]].concat());
        std::fs::write(&names, format!("subjectAltName=DNS:{name}")).unwrap();
        let issue = ["x509", "-req", "-days", "2", "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"];
        run(&[&issue[..], &["-in", &request, "-extfile", &names, "-out", &server]].concat());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let chain = vec![CertificateDer::from_pem_file(Path::new(&server)).unwrap()];
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(Path::new(&server_key)).unwrap())
            .unwrap();
        Authority { certificate: std::fs::read_to_string(&ca).unwrap(), server: Arc::new(server) }
    }
}

/// TLS before a server on loopback. Returns its port.
async fn before(upstream: u16, server: &Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::clone(server));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let mut inside = TcpStream::connect(("127.0.0.1", upstream)).await.unwrap();
                copy_bidirectional(&mut outside, &mut inside).await.ok();
            });
        }
    });
    port
}

/// What a proxy saw: the head of a CONNECT, and the first bytes in the tunnel.
type Saw = Arc<Mutex<Vec<(String, [u8; 3])>>>;

/// A proxy that connects, or refuses with a status.
async fn proxy(refuses: Option<&'static str>) -> (u16, Saw) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let saw = Saw::default();
    let seen = Arc::clone(&saw);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connect(stream, refuses, Arc::clone(&seen)));
        }
    });
    (port, saw)
}

async fn connect(mut stream: impl AsyncRead + AsyncWrite + Unpin, refuses: Option<&'static str>, saw: Saw) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    if let Some(status) = refuses {
        saw.lock().push((head, [0; 3]));
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.ok();
        return;
    }
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    let mut upstream = TcpStream::connect(target.replace("localhost", "127.0.0.1")).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let mut first = [0; 3];
    stream.read_exact(&mut first).await.unwrap();
    saw.lock().push((head, first));
    upstream.write_all(&first).await.unwrap();
    copy_bidirectional(&mut stream, &mut upstream).await.ok();
}

fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

async fn mint(world: &World, connection: Connection) -> Result<Death, Failure> {
    let github = GitHub::new(&connection, world.range.app().private_key_pem()).unwrap();
    let assertion = github.assertion(world.now()).unwrap();
    let token = github.mint(&Scope::listing(), &assertion, &world.way()).await?;
    Ok(github.destroy(token).await.0)
}

#[track_caller]
fn unreachable(minted: Result<Death, Failure>) -> Unreachable {
    let failure = minted.unwrap_err();
    assert_eq!((failure.code(), failure.may_have_happened), (ErrorCode::Unreachable, false), "{failure}");
    match failure.cause {
        Cause::Unreachable(why) => why,
        cause => panic!("{cause:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_trusted_where_it_is_named_and_nowhere_else() {
    let world = World::story().await;
    let authority = Authority::vouching_for("localhost");
    let port = before(port_of(world.range.url()), &authority.server).await;
    let at = |certificate: Option<&str>| Connection {
        api: format!("https://localhost:{port}"),
        certificate_authority: certificate.map(str::to_owned),
        ..connection(&world.range)
    };
    let why = unreachable(mint(&world, at(None)).await);
    assert!(matches!(&why, Unreachable::Tls(why) if why.contains("UnknownIssuer")), "{why}");
    let other = Authority::vouching_for("localhost");
    let why = unreachable(mint(&world, at(Some(&other.certificate))).await);
    assert!(matches!(why, Unreachable::Tls(_)), "{why}");
    assert!(world.control().requests().is_empty());
    assert_eq!(mint(&world, at(Some(&authority.certificate))).await.unwrap(), Death::RevokedProven);
    let refused = |pem: &str| GitHub::new(&at(Some(pem)), world.range.app().private_key_pem()).unwrap_err();
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(refused(pem), NotUsable::SetUp(SetUpError::PrivateAuthority), "{pem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused() {
    let world = World::story().await;
    let authority = Authority::vouching_for("elsewhere.example");
    let port = before(port_of(world.range.url()), &authority.server).await;
    let api = format!("https://localhost:{port}");
    let certificate_authority = Some(authority.certificate);
    let why = unreachable(
        mint(&world, Connection { api, certificate_authority, ..connection(&world.range) }).await,
    );
    assert!(
        matches!(&why, Unreachable::Tls(why) if why.contains("NotValidForName") || why.contains("not valid for name")),
        "{why}"
    );
    assert!(world.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_carries_a_tunnel_and_sees_no_request() {
    let world = World::story().await;
    let authority = Authority::vouching_for("localhost");
    let port = before(port_of(world.range.url()), &authority.server).await;
    let (plain, saw) = proxy(None).await;
    let secured = before(plain, &authority.server).await;
    for address in [format!("http://127.0.0.1:{plain}"), format!("https://localhost:{secured}")] {
        let through = Connection {
            api: format!("https://localhost:{port}"),
            certificate_authority: Some(authority.certificate.clone()),
            proxy: Some(address.clone()),
            ..connection(&world.range)
        };
        assert_eq!(mint(&world, through).await.unwrap(), Death::RevokedProven, "{address}");
        let seen = std::mem::take(&mut *saw.lock());
        assert!(!seen.is_empty(), "{address}");
        for (head, first) in seen {
            assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
            assert!(!head.to_ascii_lowercase().contains("authorization"), "{head}");
            assert_eq!(first.get(..2), Some(&[22, 3][..]), "a TLS handshake");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_does_not_connect_is_named() {
    let world = World::story().await;
    let authority = Authority::vouching_for("localhost");
    let port = before(port_of(world.range.url()), &authority.server).await;
    let (refusing, saw) = proxy(Some("407 Proxy Authentication Required")).await;
    let (failing, _) = proxy(Some("502 Bad Gateway")).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    for proxy in [refusing, failing, closed] {
        let through = Connection {
            api: format!("https://localhost:{port}"),
            certificate_authority: Some(authority.certificate.clone()),
            proxy: Some(format!("http://127.0.0.1:{proxy}")),
            ..connection(&world.range)
        };
        assert_eq!(unreachable(mint(&world, through).await), Unreachable::Proxy);
    }
    assert!(world.control().requests().is_empty());
    // Plain HTTP never leaves the machine, so no proxy is asked.
    saw.lock().clear();
    let proxy = Some(format!("http://127.0.0.1:{refusing}"));
    assert_eq!(
        mint(&world, Connection { proxy, ..connection(&world.range) }).await.unwrap(),
        Death::RevokedProven
    );
    assert!(saw.lock().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_web_server_gives_a_wrong_answer() {
    let world = World::story().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let garbage = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.ok();
    });
    let api = format!("http://127.0.0.1:{port}");
    let failure = mint(&world, Connection { api, ..connection(&world.range) }).await.unwrap_err();
    assert_eq!(failure.code(), ErrorCode::WrongAnswer, "{failure}");
    garbage.await.unwrap();
}
