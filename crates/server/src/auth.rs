//! Who is asking: a session's cookie or a bearer token becomes a [`Known`] caller, and nothing else does.

use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;
use byleave_api::problem::ProblemType;
use byleave_app::caller::Caller;
use byleave_app::tokens::{self, Bearer, NotKnown};
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SessionId, SubjectId, TokenId};
use byleave_domain::token::{Bounds, Scope, Scopes};
use subtle::ConstantTimeEq as _;

use crate::problem::Refusal;
use crate::site::Site;
use crate::text::Text;

/// Who asks, found out once a request: before it is counted, and for whoever answers it.
pub(crate) async fn identify(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let known = Known::shown_in(&site, request.headers());
    if let Ok(Known { shown: Shown::Cookie(cookie), .. }) = &known
        && !refreshes_itself(&request)
    {
        site.app.session_seen(cookie.session);
    }
    request.extensions_mut().insert(Identified(known));
    next.run(request).await
}

/// A part of a page that keeps itself up to date is no use of it: nobody need sit before it.
fn refreshes_itself(request: &Request) -> bool {
    let of_script = request.headers().get("sec-fetch-dest").is_some_and(|dest| dest == "empty");
    of_script && request.method().is_safe()
}

#[derive(Clone)]
struct Identified(Result<Known, NotKnown>);

fn found(extensions: &Extensions) -> Result<&Known, NotKnown> {
    extensions.get::<Identified>().ok_or(NotKnown::Unknown)?.0.as_ref().map_err(|why| *why)
}

/// A caller that has shown a credential.
#[derive(Clone)]
pub(crate) struct Known {
    pub caller: Caller,
    shown: Shown,
}

/// How the credential came. A browser sends a cookie whoever makes it ask, so a cookie alone means nothing yet.
#[derive(Clone)]
enum Shown {
    Cookie(Cookie),
    Token(Bearer),
}

#[derive(Clone)]
struct Cookie {
    session: SessionId,
    form_token: String,
}

/// What a token must be good for at a route. A page names nothing: no token is good for it. Whoever used one there would
/// leave behind what outlives it: visits and sessions that revoking it does not end.
#[derive(Clone, Copy)]
pub(crate) struct Needs(pub Scope);

impl Known {
    /// Whoever a request was found to come from.
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        found(extensions).ok()
    }

    /// Whoever is signed in: to pages, a token is nobody's.
    pub fn signed_in(extensions: &Extensions) -> Option<&Self> {
        Self::of(extensions).filter(|known| known.by_cookie())
    }

    fn shown_in(site: &Site, headers: &HeaderMap) -> Result<Self, NotKnown> {
        if headers.contains_key(header::AUTHORIZATION) {
            let token = bearer_in(headers).ok_or(NotKnown::Unknown)?;
            let bearer = site.app.bearer(token)?;
            return Ok(Self { caller: bearer.caller, shown: Shown::Token(bearer) });
        }
        let secret = cookie(headers, site.cookie_name()).ok_or(NotKnown::Unknown)?;
        Self::of_session(site, secret)
    }

    fn of_session(site: &Site, secret: &str) -> Result<Self, NotKnown> {
        let (caller, session) = site.app.session(secret).ok_or(NotKnown::Unknown)?;
        let form_token = site.app.keys().form_token(session);
        Ok(Self { caller, shown: Shown::Cookie(Cookie { session, form_token }) })
    }

    /// Puts whoever has this secret in the place of whomever a request came from.
    pub fn replace(site: &Site, secret: &str, extensions: &mut Extensions) {
        extensions.insert(Identified(Self::of_session(site, secret)));
    }

    /// Whether what was shown is good for what `parts` lead to.
    fn fit_for(self, parts: &Parts) -> Result<Self, Refusal> {
        if let Shown::Token(bearer) = &self.shown {
            let Some(Needs(scope)) = parts.extensions.get() else {
                let detail = "pages are for whoever is signed in, and take no token; programs have the API under \
                    `/v1`, and enter tools through the gateway";
                return Err(Refusal::new(ProblemType::Forbidden, detail).saying(Text::of("refusal-token")));
            };
            let kind = tokens::kind_of(tokens::holder_of(self.caller));
            if !kind.is_some_and(|kind| Scopes::whole(kind).has(*scope)) {
                // No token of theirs could have it.
                return Err(Refusal::elsewhere(self.caller, &scope.whose()));
            }
            bearer.bounds.scopes.allow(*scope)?;
        }
        Ok(self)
    }

    /// The token that was shown; none of a session.
    pub fn token(&self) -> Option<TokenId> {
        match &self.shown {
            Shown::Cookie(_) => None,
            Shown::Token(bearer) => Some(bearer.token),
        }
    }

    /// How far the token goes that was shown; nothing for a session.
    pub fn bounds(&self) -> Option<Bounds> {
        match &self.shown {
            Shown::Cookie(_) => None,
            Shown::Token(bearer) => Some(bearer.bounds),
        }
    }

    pub fn by_cookie(&self) -> bool {
        matches!(self.shown, Shown::Cookie(_))
    }

    /// The session that was shown; pages are for nobody else.
    pub fn session(&self) -> Result<SessionId, Refusal> {
        match &self.shown {
            Shown::Cookie(cookie) => Ok(cookie.session),
            Shown::Token(_) => Err(NotKnown::Unknown.into()),
        }
    }

    /// What the caller's forms carry, so that a foreign page cannot fill them in (K17); nothing with a token, which has none.
    pub fn csrf(&self) -> &str {
        match &self.shown {
            Shown::Cookie(cookie) => &cookie.form_token,
            Shown::Token(_) => "",
        }
    }

    /// Whether a form that changes something comes from a page of ours (K17).
    pub fn meant(&self, site: &Site, headers: &HeaderMap, token: &str) -> Result<(), Refusal> {
        let token_fits: bool = self.csrf().as_bytes().ct_eq(token.as_bytes()).into();
        if self.by_cookie() && token_fits && from_own_page(site, headers) {
            return Ok(());
        }
        let detail = "the form did not come from a page of ours, or the page is from an earlier sign-in; load it again";
        Err(Refusal::new(ProblemType::Forbidden, detail).saying(Text::of("refusal-form")))
    }

    pub fn contact(&self) -> Result<(ContactId, OrganizationId), Refusal> {
        match self.caller {
            Caller::Contact(id, organization) => Ok((id, organization)),
            other => Err(Refusal::others_page(other, "security contacts", Text::of("refusal-for-contacts"))),
        }
    }

    pub fn subject(&self) -> Result<SubjectId, Refusal> {
        match self.caller {
            Caller::Subject(id) => Ok(id),
            other => Err(Refusal::others_page(other, "support people", Text::of("refusal-for-support"))),
        }
    }

    pub fn desk_person(&self) -> Result<DeskPersonId, Refusal> {
        match self.caller {
            Caller::DeskPerson(id) => Ok(id),
            other => Err(Refusal::others_page(other, "desk people", Text::of("refusal-for-desk"))),
        }
    }
}

impl FromRequestParts<Site> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Refusal> {
        found(&parts.extensions)?.clone().fit_for(parts)
    }
}

impl OptionalFromRequestParts<Site> for Known {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Option<Self>, Refusal> {
        if parts.extensions.get::<Needs>().is_none() {
            return Ok(Self::signed_in(&parts.extensions).cloned());
        }
        Self::of(&parts.extensions).cloned().map(|known| known.fit_for(parts)).transpose()
    }
}

/// `Origin` has to be ours where there is one, and what the browser says of its own accord in `Sec-Fetch-Site`, which no page
/// can set, has to agree. Where a browser withholds the former (`null`) or does not know it, the latter decides.
pub(crate) fn from_own_page(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let site_is_own = headers.get("sec-fetch-site").map(|said| said == "same-origin");
    match text("origin") {
        Some(origin) if origin != "null" => site.is_own_origin(origin) && site_is_own.unwrap_or(true),
        _ => site_is_own == Some(true),
    }
}

/// The one bearer token that was sent.
pub(crate) fn bearer_in(headers: &HeaderMap) -> Option<&str> {
    only(headers.get_all(header::AUTHORIZATION).iter()).and_then(bearer)
}

/// A bearer token (RFC 6750 §2.1).
fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    Some(token).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

/// A cookie's value (RFC 6265 §5.4). Of two one was planted, by a neighbouring host or on the way, and nobody can tell which.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    only(pairs.filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// What there is one of. Who shows two things may mean either, and a forwarder and we would read different ones.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}
