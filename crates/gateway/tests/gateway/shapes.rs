//! Every shape of traffic, at every moment of it, cut in every way: not a byte is sent afterwards, in either direction,
//! and each access has its one end before the cut returns.
//!
//! Bytes are counted at the sockets of client and upstream: what has arrived when the cut returns, the kernel's queue
//! included, is all that ever arrives.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use byleave_gateway::Registry;
use byleave_gateway::ports::EndReason;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use crate::common::speaking::{Authority, Served, Speaker, Speaks, body, part, whole};
use crate::common::*;

const HOST: &str = "acme--system-log.localhost";
/// Where an exchange is when it is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Everything has been answered; the connection waits for the next request.
    Idle,
    /// The record is being written.
    Recording,
    /// The upstream has taken the connection and says nothing, so that TLS is not there yet.
    Connecting,
    /// The upstream has the request and does not answer.
    Asked,
    /// The client waits to be asked for its body (`Expect: 100-continue`), and the upstream for the body.
    Expecting,
    /// Part of a body has gone up, the rest has not been sent yet.
    Uploading,
    /// A body goes up to an upstream that does not read.
    UploadBlocked,
    /// Part of an answer has come down, the rest has not been sent yet.
    Answering,
    /// An answer comes down to a client that does not read.
    AnswerBlocked,
    /// Both bodies are under way, trailers to come.
    BothWays,
    /// A declared asset comes down.
    Asset,
    /// A WebSocket, used both ways.
    Tunnel,
    /// Another protocol that is allowed.
    OtherTunnel,
    /// A tunnel whose client has ended its side, and whose upstream goes on.
    HalfClosed,
    /// Several of these at once on one HTTP/2 connection.
    Several,
}

const MOMENTS: [Moment; 15] = {
    use Moment::*;
    [
        Idle,
        Recording,
        Connecting,
        Asked,
        Expecting,
        Uploading,
        UploadBlocked,
        Answering,
        AnswerBlocked,
        BothWays,
        Asset,
        Tunnel,
        OtherTunnel,
        HalfClosed,
        Several,
    ]
};

impl Moment {
    /// Whether it can come about between these two.
    fn exists(self, client: Speaks, upstream: Speaks) -> bool {
        match self {
            Self::Connecting => upstream.tls(),
            Self::Tunnel | Self::OtherTunnel | Self::HalfClosed => !client.http2() && !upstream.http2(),
            Self::Expecting => !client.http2(),
            Self::Several => client.http2(),
            _ => true,
        }
    }

    /// How the access ends.
    fn reason(self) -> Option<EndReason> {
        match self {
            Self::Idle => Some(EndReason::Done),
            Self::Recording | Self::Connecting => Some(EndReason::NotForwarded),
            Self::Asset => None,
            _ => Some(EndReason::Cut),
        }
    }
}

/// What ends the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Disabled,
    VisitEnded,
    Stopped,
}

/// Keeps an exchange where it is until it is dropped.
type Held = Vec<Box<dyn std::any::Any>>;

async fn cell(client: Speaks, upstream: Speaks, moment: Moment, ending: Ending) {
    let authority = Authority::new();
    let served = Served::start(upstream, &authority).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = match moment {
        Moment::Connecting => format!("https://localhost:{}", silent.local_addr().unwrap().port()),
        _ => served.origin(upstream),
    };
    let change = |config: &mut byleave_gateway::Config| {
        config.upstream_roots = vec![authority.certificate.to_vec()];
        config.tls = client.tls().then(|| authority.server(vec![b"h2".to_vec(), b"http/1.1".to_vec()]));
        if client == Speaks::Proxied {
            config.proxy_protocol_from = vec!["127.0.0.0/8".parse().unwrap()];
        }
        config.upgrades.push("spdy/3.1".into());
    };
    let world = World::with(&origin, change, Registry::new()).await;
    let visit = world.fake.visit_with_cookie(ACME, LOG, "secret");
    let speaker = Speaker::connect(world.gateway, client, &authority, HOST).await;
    let _held = bring_to(moment, &world, &served, &speaker).await;

    let report = match ending {
        Ending::Disabled => world.disable(ACME).await,
        Ending::VisitEnded => {
            world.fake.end_visit(visit);
            world.registry.cut_visit(visit).await
        }
        Ending::Stopped => {
            world.shutdown.cancel();
            world.served.await.unwrap();
            byleave_gateway::CutReport::default()
        }
    };
    // Nothing is awaited from here to where everything has been read off.
    let (down, up) = (speaker.meter.arrived(), served.seen.arrived());
    let (begins, ends) = world.fake.with(|state| (state.begins.clone(), state.ends.clone()));
    let what = format!("{client:?} {upstream:?} {moment:?} {ending:?}");
    if ending != Ending::Stopped {
        let connections = usize::from(moment != Moment::Recording);
        assert_eq!((report.connections, report.records_unsettled), (connections, 0), "{what}");
    }
    assert_eq!(begins.len(), ends.len(), "every end is reported before the cut returns: {what}");
    match moment.reason() {
        Some(reason) => assert!(ends.iter().all(|end| end.reason == reason), "{what}: {ends:?}"),
        None => assert!(ends.is_empty(), "{what}: {ends:?}"),
    }
    let expected = match moment {
        Moment::Several => 4,
        Moment::Asset => 0,
        _ => 1,
    };
    assert_eq!(ends.len(), expected, "{what}");
    if client == Speaks::Proxied {
        assert!(begins.iter().all(|(begin, _)| begin.peer.to_string() == "198.51.100.7"), "{what}");
    }

    // Where one side did not read, it goes on now: whatever is still on its way arrives.
    for _ in 0..10 {
        sleep(Duration::from_millis(2)).await;
        assert_eq!(served.seen.drained(), up, "went up after the cut: {what}");
        if moment != Moment::Recording || ending == Ending::Stopped {
            assert_eq!(speaker.meter.drained(), down, "came down after the cut: {what}");
        }
    }
    if moment == Moment::Recording && ending != Ending::Stopped {
        return;
    }
    until(|| speaker.meter.is_over()).await;
    // What waits for the next visit may wait, but not after a disable.
    if moment != Moment::Idle || ending != Ending::VisitEnded {
        until(|| served.seen.is_over()).await;
    }
}

/// Brings an exchange to where it is to be cut.
async fn bring_to(moment: Moment, world: &World, served: &Served, speaker: &Speaker) -> Held {
    let cookie = [("cookie", "byleave_visit=secret"), ("sec-fetch-site", "none")];
    let ask = |method: &str, path: &str, body| speaker.ask(method, HOST, path, &cookie, body);
    let asked = |count: usize| async move { until(|| served.seen.count() == count).await };
    match moment {
        Moment::Idle => {
            let answer = ask("GET", "/done", whole("")).await.unwrap().unwrap();
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
            until(|| world.fake.with(|state| state.ends.len()) == 1).await;
            sleep(Duration::from_millis(5)).await;
            vec![]
        }
        Moment::Recording => {
            world.fake.with(|state| {
                state.recorder = Recorder::Slow(Duration::from_millis(60));
                state.strict = false;
            });
            let answer = ask("GET", "/done", whole(""));
            until(|| world.fake.with(|state| state.asked) == 1).await;
            vec![Box::new(answer)]
        }
        Moment::Connecting => {
            let answer = ask("GET", "/done", whole(""));
            until(|| world.fake.with(|state| state.begins.len()) == 1).await;
            sleep(Duration::from_millis(20)).await;
            vec![Box::new(answer)]
        }
        Moment::Asked => {
            let answer = ask("GET", "/wait", whole(""));
            asked(1).await;
            vec![Box::new(answer)]
        }
        Moment::Expecting => {
            let (sender, body) = body();
            let headers = [cookie[0], cookie[1], ("expect", "100-continue")];
            let answer = speaker.ask("POST", HOST, "/take", &headers, body);
            asked(1).await;
            vec![Box::new((sender, answer))]
        }
        Moment::Uploading => {
            let (sender, body) = body();
            let answer = ask("POST", "/take", body);
            sender.send(part("half")).await.unwrap();
            until(|| served.seen.taken.load(SeqCst) == 1).await;
            vec![Box::new((sender, answer))]
        }
        Moment::UploadBlocked => {
            let (sender, body) = body();
            let answer = ask("POST", "/wait", body);
            asked(1).await;
            served.seen.meters.lock().unwrap().iter().for_each(|meter| meter.stop());
            let flood = tokio::spawn(async move {
                let part = bytes::Bytes::from(vec![b'x'; 64 * 1024]);
                while sender.send(http_body::Frame::data(part.clone())).await.is_ok() {}
            });
            stands_still(|| served.seen.arrived()).await;
            vec![Box::new((flood, answer))]
        }
        Moment::Answering | Moment::Asset => {
            let path = if moment == Moment::Asset { "/static/events" } else { "/events" };
            let mut answer = ask("GET", path, whole("")).await.unwrap().unwrap();
            let first = answer.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!(first, "event");
            vec![Box::new(answer)]
        }
        Moment::AnswerBlocked => {
            let answer = ask("GET", "/flood", whole("")).await.unwrap().unwrap();
            speaker.meter.stop();
            stands_still(|| speaker.meter.arrived()).await;
            vec![Box::new(answer)]
        }
        Moment::BothWays => {
            let (sender, body) = body();
            let answer = ask("POST", "/echo", body);
            sender.send(part("there")).await.unwrap();
            let mut answer = answer.await.unwrap().unwrap();
            assert_eq!(answer.frame().await.unwrap().unwrap().into_data().unwrap(), "there");
            vec![Box::new((sender, answer))]
        }
        Moment::Tunnel | Moment::OtherTunnel | Moment::HalfClosed => {
            let protocol = if moment == Moment::OtherTunnel { "SPDY/3.1" } else { "websocket" };
            let headers = [cookie[0], ("connection", "upgrade"), ("upgrade", protocol)];
            let answer = speaker.ask("GET", HOST, "/switch", &headers, whole("")).await.unwrap().unwrap();
            assert_eq!(answer.status(), 101);
            let mut tunnel = TokioIo::new(hyper::upgrade::on(answer).await.unwrap());
            tunnel.write_all(b"there").await.unwrap();
            let mut back = [0; 5];
            tunnel.read_exact(&mut back).await.unwrap();
            assert_eq!(&back, b"there");
            if moment == Moment::HalfClosed {
                tunnel.shutdown().await.unwrap();
                let mut more = [0; 4];
                tunnel.read_exact(&mut more).await.unwrap();
                assert_eq!(&more, b"more");
            }
            vec![Box::new(tunnel)]
        }
        Moment::Several => {
            let waiting = ask("GET", "/wait", whole(""));
            let mut events = ask("GET", "/events", whole("")).await.unwrap().unwrap();
            events.frame().await.unwrap().unwrap();
            let (sender, upload) = body();
            let taking = ask("POST", "/take", upload);
            sender.send(part("half")).await.unwrap();
            let flood = ask("GET", "/flood", whole("")).await.unwrap().unwrap();
            asked(4).await;
            sleep(Duration::from_millis(20)).await;
            vec![Box::new((waiting, events)), Box::new((sender, taking)), Box::new(flood)]
        }
    }
}

/// Waits until a count does not grow any more.
async fn stands_still(count: impl Fn() -> u64) {
    let mut before = 0;
    while count() != before || before == 0 {
        before = count();
        sleep(Duration::from_millis(30)).await;
    }
}

async fn every_moment(client: Speaks) {
    let mut cells = 0;
    for upstream in [Speaks::Http1, Speaks::Http1Tls, Speaks::Http2, Speaks::Http2Tls] {
        for moment in MOMENTS.into_iter().filter(|moment| moment.exists(client, upstream)) {
            for ending in [Ending::Disabled, Ending::VisitEnded, Ending::Stopped] {
                cell(client, upstream, moment, ending).await;
                cells += 1;
            }
        }
    }
    println!("{client:?}: {cells} cells");
    assert!(cells > 120, "{cells}");
}

#[tokio::test]
async fn every_shape_is_cut_for_clients_of_http_1() {
    every_moment(Speaks::Http1).await;
}

#[tokio::test]
async fn every_shape_is_cut_for_clients_of_http_1_and_tls() {
    every_moment(Speaks::Http1Tls).await;
}

#[tokio::test]
async fn every_shape_is_cut_for_clients_of_http_2() {
    every_moment(Speaks::Http2).await;
}

#[tokio::test]
async fn every_shape_is_cut_for_clients_of_http_2_and_tls() {
    every_moment(Speaks::Http2Tls).await;
}

#[tokio::test]
async fn every_shape_is_cut_for_clients_behind_a_proxy() {
    every_moment(Speaks::Proxied).await;
}
