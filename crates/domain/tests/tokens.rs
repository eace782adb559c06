//! What a token may hand on: nothing that it has not, for no longer than it has.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use byleave_domain::token::{
    Bounds, HolderKind, LIFE, LIFE_MAX, Maker, NotGiven, Scope, ScopeMissing, Scopes, Wanted, bounds,
};
use jiff::{SignedDuration, Timestamp};

const KINDS: [HolderKind; 4] =
    [HolderKind::Admin, HolderKind::DeskPerson, HolderKind::Subject, HolderKind::Organization];

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Every set of scopes.
fn every_set() -> impl Iterator<Item = Scopes> {
    (0..1_u16 << Scope::ALL.len()).map(|bits| {
        let of: Vec<_> = Scope::ALL.into_iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0).collect();
        Scopes::of(&of.into_iter().map(|(_, scope)| scope).collect::<Vec<_>>())
    })
}

#[test]
fn whatever_is_asked_for_no_token_is_given_that_goes_further() {
    let mut given = 0;
    for kind in KINDS {
        for holder in KINDS {
            // And one that means nothing for them.
            let outside = Scope::ALL.into_iter().find(|scope| !Scopes::whole(holder).has(*scope)).unwrap();
            let near: Vec<_> = Scopes::whole(holder).iter().chain([outside]).collect();
            let near = Scopes::of(&near);
            for own in every_set().filter(|own| own.beyond(Scopes::whole(kind)).is_none()) {
                let by = Bounds { scopes: own, expires_at: now() + days(30) };
                let for_self = kind == holder;
                let maker = Maker { kind, for_self, by };
                for wanted in every_set().filter(|set| set.beyond(near).is_none()).map(Some).chain([None]) {
                    for life in [None, Some(days(30)), Some(days(31))] {
                        let Ok(made) = bounds(&maker, holder, Wanted { scopes: wanted, life }, now()) else {
                            continue;
                        };
                        given += 1;
                        assert!(own.has(Scope::Tokens), "{kind} {own}");
                        assert!(made.expires_at <= by.expires_at, "{kind} {own}");
                        assert_eq!(
                            made.scopes.beyond(Scopes::whole(holder)),
                            None,
                            "{holder} {}",
                            made.scopes
                        );
                        let beyond = made.scopes.both(Scopes::whole(kind)).beyond(own);
                        assert_eq!(beyond, None, "{kind} with {own} makes {} for {holder}", made.scopes);
                        assert!(wanted.is_none_or(|wanted| wanted == made.scopes), "no more and no less");
                    }
                }
            }
        }
    }
    assert!(given > 1_000, "{given} were given");
}

#[test]
fn each_refusal_says_what_is_too_much() {
    let whole = |kind| Bounds { scopes: Scopes::whole(kind), expires_at: Timestamp::MAX };
    let maker = |kind, for_self, by| Maker { kind, for_self, by };
    let admin = maker(HolderKind::Admin, true, whole(HolderKind::Admin));
    let narrow = Bounds { scopes: Scopes::of(&[Scope::Read, Scope::Tokens]), expires_at: now() + days(3) };
    let scopes = |scopes: &[Scope]| Wanted { scopes: Some(Scopes::of(scopes)), life: None };
    let life = |life| Wanted { scopes: None, life: Some(life) };
    let for_others = maker(HolderKind::Admin, false, narrow);
    for (maker, holder, wanted, refused) in [
        (admin, HolderKind::Admin, scopes(&[]), NotGiven::Nothing(HolderKind::Admin)),
        (
            admin,
            HolderKind::Admin,
            scopes(&[Scope::Enter]),
            NotGiven::Beyond { scope: Scope::Enter, holder: HolderKind::Admin },
        ),
        (admin, HolderKind::Admin, life(LIFE_MAX + SignedDuration::from_nanos(1)), NotGiven::Life),
        (admin, HolderKind::Admin, life(SignedDuration::ZERO), NotGiven::Life),
        (
            maker(HolderKind::Admin, true, narrow),
            HolderKind::Admin,
            scopes(&[Scope::Manage]),
            NotGiven::Widened(Scope::Manage),
        ),
        (
            maker(HolderKind::Admin, true, narrow),
            HolderKind::Admin,
            life(days(4)),
            NotGiven::Outlives(now() + days(3)),
        ),
        (
            for_others,
            HolderKind::Organization,
            Wanted::default(),
            NotGiven::ScopeMissing(ScopeMissing(Scope::Manage)),
        ),
        (
            maker(HolderKind::Organization, false, whole(HolderKind::Organization)),
            HolderKind::Subject,
            Wanted::default(),
            NotGiven::NotTheirs { maker: HolderKind::Organization, holder: HolderKind::Subject },
        ),
    ] {
        assert_eq!(bounds(&maker, holder, wanted, now()), Err(refused));
    }
    let usual = bounds(&admin, HolderKind::Admin, Wanted::default(), now()).unwrap();
    assert_eq!(usual, Bounds { scopes: Scopes::usual(HolderKind::Admin), expires_at: now() + LIFE });
    let short =
        bounds(&maker(HolderKind::Admin, true, narrow), HolderKind::Admin, Wanted::default(), now()).unwrap();
    assert_eq!(short, Bounds { scopes: Scopes::of(&[Scope::Read]), expires_at: now() + days(3) });
}

#[test]
fn scopes_read_as_they_are_written() {
    for scopes in every_set() {
        assert_eq!(scopes.to_string().parse(), Ok(scopes));
    }
    let why = "read everything".parse::<Scopes>().unwrap_err().to_string();
    assert!(why.contains("`everything`") && why.contains("contents"), "{why}");
    // None means nothing for everybody.
    let known: Vec<_> = KINDS.iter().flat_map(|kind| Scopes::whole(*kind).iter()).collect();
    assert!(Scope::ALL.iter().all(|scope| known.contains(scope)));
}

#[test]
fn a_scope_says_whose_it_can_be() {
    for (scope, whose) in [
        (Scope::Freeze, "desk people"),
        (Scope::Enter, "support people"),
        (Scope::Requests, "the administrator and desk people"),
        (Scope::Access, "the administrator and organizations"),
    ] {
        assert_eq!(scope.whose(), whose);
    }
}
