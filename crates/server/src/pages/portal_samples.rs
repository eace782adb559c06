//! The overview of the portal in every state.

use byleave_domain::change_request::State;

use super::*;
use crate::pages::samples::{Sample, at, long, sample};

pub(in crate::pages) fn past_samples() -> Vec<Past> {
    let visit = |reason: Option<&str>, case: Option<&str>, end: Option<Text>| Past {
        id: "visit_1".to_owned(),
        person: "Sasha Example".to_owned(),
        employer: "Northwind Cloud".to_owned(),
        tool: "System log".to_owned(),
        reason: reason.map(str::to_owned),
        case: case.map(str::to_owned),
        since: at("10:02"),
        lasting: words::lasting(jiff::SignedDuration::from_secs(754)),
        end,
        requests: 12,
        doubt: None,
    };
    let long =
        Past { person: long(), employer: long(), tool: long(), ..visit(Some(&long()), Some(&long()), None) };
    vec![
        visit(Some("Sign-ins from Oslo fail since noon"), Some("CASE-7"), None),
        Past {
            doubt: Some(Text::of("doubt-waits").arg("when", &at("18:00"))),
            ..visit(None, None, Some(Text::of("end-left")))
        },
        visit(Some("The same, once more"), None, Some(Text::of("end-disabled"))),
        long,
    ]
}

pub(in crate::pages) fn asked_samples() -> Vec<Asked> {
    let next = Text::of("next-waits").arg("when", &at("18:00"));
    let asked = |wanted, state, open, next| Asked {
        id: "change_1".to_owned(),
        number: "CR-0001".to_owned(),
        wish: wish(wanted),
        since: at("09:30"),
        state: request_view::state_title(state),
        open,
        next,
    };
    vec![
        asked(Wish::Enabled, State::Approved, true, Some(next)),
        asked(Wish::Disabled, State::Announced, false, None),
        asked(Wish::Disabled, State::Withdrawn, false, None),
    ]
}

pub(crate) fn samples() -> Vec<Sample> {
    let state = |word: &'static str, icon, title, sentence| words::State { word, icon, title, sentence };
    let enabled =
        || state("enabled", "lock-open", Text::of("state-enabled"), Text::of("state-enabled-means"));
    let disabled = |who: Text, how: Text| {
        let since = Text::of("state-disabled-since").arg("when", &at("10:15"));
        state("disabled", "lock", Text::of("state-disabled"), since.arg("who", who).arg("how", how))
    };
    let nobody = || Inside { token: "t".to_owned(), visits: Vec::new(), people: 0 };
    let present = |person: String, reason: Option<String>, case: Option<String>| Present {
        id: "visit_1".to_owned(),
        employer: "Northwind Cloud".to_owned(),
        tool: "System log".to_owned(),
        covered: reason.is_some(),
        reason,
        case,
        since: at("10:02"),
        lasting: words::lasting(jiff::SignedDuration::from_secs(754)),
        requests: 12,
        newest: [("GET", "/events?after=5".to_owned()), ("POST", format!("/people/{person}"))]
            .map(|(method, target)| Newest { at: Some(at("10:14")), method: method.to_owned(), target })
            .into(),
        person,
    };
    let somebody = || Inside {
        token: "t".to_owned(),
        visits: vec![
            present(
                "Sasha Example".to_owned(),
                Some("Sign-ins from Oslo fail".to_owned()),
                Some("CASE-7".to_owned()),
            ),
            present("Kim Example".to_owned(), None, None),
            present(long(), Some(long()), Some(long())),
        ],
        people: 3,
    };
    let freeze = |lifted| FreezeView {
        whom: freeze_view::whom(None),
        closes: true,
        reason: "a subprocessor was broken into".to_owned(),
        since: at("08:00"),
        entry: Some(40),
        lifted,
        lift_entry: None,
    };
    let token = TokenRow {
        id: "token_1".to_owned(),
        name: "nightly check".to_owned(),
        scopes: "read".to_owned(),
        until: at("23:00"),
        last_used: "2026-11-27".to_owned(),
    };
    let fresh = || Portal {
        csrf: "c5f".repeat(21),
        organization: OrganizationId::from_bytes([1; 16]),
        name: "Acme Rockets".to_owned(),
        slug: "acme".to_owned(),
        state: enabled(),
        decided: Decided {
            since: Some(at("07:00")),
            by: Text::of("portal-decided-nobody"),
            signed: None,
            called: None,
            entry: None,
            request: None,
        },
        contact: ContactId::from_bytes([2; 16]),
        signer: Signer::sample(true, false),
        epoch_next: 1,
        point: "gateway",
        receipt: None,
        asked_to_enable: false,
        requests: Vec::new(),
        freezes: Vec::new(),
        open_changes: 0,
        notices_asked: false,
        inside: nobody(),
        lately: Vec::new(),
        tools: [("System log", true), ("Status", false)]
            .map(|(name, covered)| ToolRow { name: name.to_owned(), covered })
            .into(),
        tokens: Vec::new(),
        verify: "byleave verify https://byleave.example/c/s --vkey 'byleave.example/acme+0+A'".to_owned(),
    };
    let used = || Portal { lately: past_samples(), ..fresh() };
    let decided = |signed: Text, request| Decided {
        since: Some(at("10:15")),
        by: Text::of("portal-decided-contact").arg("contact", "Dana Example"),
        signed: Some(signed),
        called: None,
        entry: Some(41),
        request,
    };
    let own = || Text::of("portal-signed-contact").arg("contact", "Dana Example");
    let desk = || Text::of("portal-signed-desk").arg("people", "Robin Example, Alex Example");
    let request = || Some(("change_1".to_owned(), "CR-0001".to_owned()));
    let provisional = || Portal {
        state: disabled(
            Text::of("portal-signed-contact").arg("contact", "Dana Example"),
            Text::of("state-provisional"),
        ),
        decided: decided(own(), None),
        ..used()
    };
    let shown = |entry| Shown {
        point: "embedded gateway",
        reset: 3,
        entry,
        checkpoint: "origin\n42\nroot".to_owned(),
    };
    let page = |portal| PortalPage { frame: Frame::of_contact(), portal };
    vec![
        sample("portal-nobody-yet", page(fresh())),
        sample("portal-inside", page(Portal { inside: somebody(), tokens: vec![token], ..used() })),
        sample("portal-provisional", page(provisional())),
        sample("portal-receipt", page(Portal { receipt: Some(shown(Some(41))), ..provisional() })),
        sample(
            "portal-receipt-waits",
            page(Portal {
                receipt: Some(shown(None)),
                decided: Decided { entry: None, ..decided(own(), None) },
                ..provisional()
            }),
        ),
        sample(
            "portal-confirmed",
            page(Portal {
                state: disabled(Text::of("state-disabled-desk"), Text::of("state-confirmed")),
                decided: Decided {
                    by: Text::of("portal-decided-request"),
                    called: Some(crate::pages::call_view::sample_called(None)),
                    ..decided(desk(), request())
                },
                ..used()
            }),
        ),
        sample(
            "portal-asked-to-enable",
            page(Portal {
                asked_to_enable: true,
                requests: asked_samples(),
                open_changes: 1,
                ..provisional()
            }),
        ),
        sample(
            "portal-enabled-again",
            page(Portal {
                decided: decided(
                    Text::of("portal-signed-both")
                        .arg("contact", "Dana Example")
                        .arg("people", "Alex Example"),
                    request(),
                ),
                ..used()
            }),
        ),
        sample(
            "portal-asks",
            page(Portal {
                state: state(
                    "approval_required",
                    "clock",
                    Text::of("state-asks"),
                    Text::of("state-asks-means"),
                ),
                ..used()
            }),
        ),
        sample(
            "portal-closed",
            page(Portal {
                state: state(
                    "closed",
                    "circle-x",
                    Text::of("state-closed"),
                    Text::of("state-closed-means").arg("when", &at("11:00")),
                ),
                ..used()
            }),
        ),
        sample(
            "portal-frozen",
            page(Portal { freezes: vec![freeze(None), freeze(Some(at("12:00")))], ..used() }),
        ),
        sample(
            "portal-no-key",
            page(Portal { signer: Signer::sample(false, false), name: long(), ..used() }),
        ),
    ]
}
