//! An event, and its form in Okta's System Log. The database keeps the few facts that vary; addresses, devices, targets
//! and ids follow from `detail`, always the same, so that 20,000 events cost little memory and read like the real thing.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::catalogue::{
    APPS, DEVICES, Device, FACTORS, GROUPS, Kind, ORIGINS, Origin, POLICIES, SCANNER, Target,
};
use crate::random::Random;

/// An event with the person who caused it.
#[derive(Clone)]
pub(crate) struct LogEvent {
    /// Its number in the database; orders events of the same instant.
    pub id: i64,
    pub published: Timestamp,
    /// See [`Kind::numbered`].
    pub kind: u16,
    /// What the rest follows from.
    pub detail: u64,
    pub actor: Actor,
}

#[derive(Clone)]
pub(crate) struct Actor {
    pub id: String,
    pub name: String,
    pub email: String,
}

/// What follows from an event's kind and `detail`.
pub(crate) struct Facts {
    pub kind: &'static Kind,
    pub uuid: String,
    pub ip: String,
    pub origin: &'static Origin,
    pub device: &'static Device,
    pub target: Option<TargetFacts>,
    random: Random,
}

pub(crate) struct TargetFacts {
    kind: &'static str,
    pub name: &'static str,
}

impl Facts {
    pub fn of(kind: u16, detail: u64) -> Self {
        let kind = Kind::numbered(kind);
        let mut random = Random::new(detail);
        let origin = random.pick(&ORIGINS);
        let scanned = kind.outcome == "FAILURE" && random.below(12) == 0;
        Self {
            kind,
            uuid: random.uuid(),
            ip: format!("{}.{}", origin.network, 1 + random.below(254)),
            origin,
            device: if scanned { &SCANNER } else { random.pick(&DEVICES) },
            target: target(kind.target, &mut random),
            random,
        }
    }
}

fn target(target: Target, random: &mut Random) -> Option<TargetFacts> {
    let (kind, name) = match target {
        Target::None => return None,
        Target::App => ("AppInstance", *random.pick(&APPS)),
        Target::Group => ("UserGroup", *random.pick(&GROUPS)),
        Target::Factor => ("AuthenticatorEnrollment", *random.pick(&FACTORS)),
        Target::Policy => ("PolicyEntity", *random.pick(&POLICIES)),
        Target::Token => ("Token", "reporting script"),
    };
    Some(TargetFacts { kind, name })
}

impl LogEvent {
    pub fn facts(&self) -> Facts {
        Facts::of(self.kind, self.detail)
    }

    /// The event as `GET /api/v1/logs` of an Okta organization shows it.
    pub fn json(&self) -> Value {
        let mut facts = self.facts();
        let (kind, random) = (facts.kind, &mut facts.random);
        let place = geographical_context(facts.origin);
        let (transaction, session) = (random.id("a", 26), random.id("102", 22));
        json!({
            "uuid": facts.uuid,
            "published": rfc3339(self.published),
            "eventType": kind.event_type,
            "version": "0",
            "severity": kind.severity,
            "legacyEventType": Some(kind.legacy).filter(|legacy| !legacy.is_empty()),
            "displayMessage": kind.message,
            "actor": {
                "id": self.actor.id, "type": "User", "alternateId": self.actor.email,
                "displayName": self.actor.name, "detailEntry": null,
            },
            "client": {
                "userAgent": {
                    "rawUserAgent": facts.device.raw, "os": facts.device.os, "browser": facts.device.browser,
                },
                "zone": null, "device": facts.device.kind, "id": null, "ipAddress": facts.ip,
                "geographicalContext": place,
            },
            "outcome": {"result": kind.outcome, "reason": kind.reason},
            "target": facts.target.map(|target| json!([{
                "id": random.id("0o", 18), "type": target.kind, "alternateId": target.name,
                "displayName": target.name, "detailEntry": null,
            }])),
            "transaction": {"type": "WEB", "id": transaction, "detail": {}},
            "debugContext": {"debugData": {
                "requestId": transaction, "requestUri": "/idp/idx/identify", "threatSuspected": "false",
            }},
            "authenticationContext": {
                "authenticationProvider": "OKTA_AUTHENTICATION_PROVIDER", "credentialProvider": null,
                "credentialType": null, "issuer": null, "interface": null, "authenticationStep": 0,
                "externalSessionId": session,
            },
            "securityContext": {
                "asNumber": facts.origin.as_number, "asOrg": facts.origin.as_org, "isp": facts.origin.as_org,
                "domain": null, "isProxy": false,
            },
            "request": {"ipChain": [{
                "ip": facts.ip, "version": "V4", "source": null, "geographicalContext": place,
            }]},
        })
    }

    /// Its line in an export, with the line's end.
    pub fn line(&self) -> String {
        self.json().to_string() + "\n"
    }
}

fn geographical_context(origin: &Origin) -> Value {
    json!({
        "city": origin.city, "state": origin.state, "country": origin.country, "postalCode": origin.postal_code,
        "geolocation": {"lat": origin.latitude, "lon": origin.longitude},
    })
}

/// UTC with milliseconds, as the System Log writes instants.
pub(crate) fn rfc3339(instant: Timestamp) -> String {
    format!("{instant:.3}")
}

/// What the search looks through, in lower case.
pub(crate) fn search_text(facts: &Facts, actor: &Actor) -> String {
    let Kind { event_type, message, outcome, reason, .. } = facts.kind;
    let target = facts.target.as_ref().map_or("", |target| target.name);
    let (reason, city, country) = (reason.unwrap_or_default(), facts.origin.city, facts.origin.country);
    let Actor { name, email, .. } = actor;
    format!("{event_type} {message} {outcome} {reason} {name} {email} {} {city} {country} {target}", facts.ip)
        .to_lowercase()
}
