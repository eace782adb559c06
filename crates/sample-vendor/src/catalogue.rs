//! What can happen at a fictional organization: kinds of events as Okta's System Log names them, places with documentation
//! addresses (RFC 5737) and network numbers (RFC 5398), devices, names. Tables only.

use crate::random::{Random, nth};

/// One kind of event. The same `eventType` may occur twice, with different outcomes.
pub(crate) struct Kind {
    weight: u64,
    pub event_type: &'static str,
    pub legacy: &'static str,
    pub message: &'static str,
    pub severity: &'static str,
    pub outcome: &'static str,
    pub reason: Option<&'static str>,
    pub target: Target,
}

/// What an event is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    None,
    App,
    Group,
    Factor,
    Policy,
    Token,
}

impl Kind {
    /// A number into [`KINDS`], the frequent kinds more often.
    pub fn draw(random: &mut Random) -> u16 {
        let mut left = random.below(KINDS.iter().map(|kind| kind.weight).sum());
        for (number, kind) in (0..).zip(&KINDS) {
            if left < kind.weight {
                return number;
            }
            left -= kind.weight;
        }
        0
    }

    /// The kind with that number; numbers come from [`Kind::draw`] alone.
    pub fn numbered(number: u16) -> &'static Self {
        nth(&KINDS, number.into())
    }

    pub fn is_sign_in(&self) -> bool {
        self.event_type == "user.session.start" && self.outcome == "SUCCESS"
    }
}

const fn kind(
    weight: u64,
    (event_type, legacy): (&'static str, &'static str),
    message: &'static str,
    severity: &'static str,
    (outcome, reason): (&'static str, Option<&'static str>),
    target: Target,
) -> Kind {
    Kind { weight, event_type, legacy, message, severity, outcome, reason, target }
}

const OK: (&str, Option<&str>) = ("SUCCESS", None);

#[rustfmt::skip] // one kind a line
pub(crate) const KINDS: [Kind; 23] = [
    kind(180, ("user.session.start", "core.user_auth.login_success"), "User login to Northwind Cloud", "INFO", OK, Target::None),
    kind(25, ("user.session.start", "core.user_auth.login_failed"), "User login to Northwind Cloud", "WARN", ("FAILURE", Some("INVALID_CREDENTIALS")), Target::None),
    kind(110, ("user.session.end", "core.user_auth.logout_success"), "User logout from Northwind Cloud", "INFO", OK, Target::None),
    kind(150, ("user.authentication.auth_via_mfa", "core.user.factor.attempt_success"), "Authentication of user via MFA", "INFO", OK, Target::Factor),
    kind(12, ("user.authentication.auth_via_mfa", "core.user.factor.attempt_fail"), "Authentication of user via MFA", "WARN", ("FAILURE", Some("INVALID_CODE")), Target::Factor),
    kind(260, ("user.authentication.sso", "app.auth.sso"), "User single sign on to app", "INFO", OK, Target::App),
    kind(70, ("policy.evaluate_sign_on", ""), "Evaluation of sign-on policy", "INFO", ("ALLOW", Some("Sign-on policy evaluation resulted in ALLOW")), Target::Policy),
    kind(6, ("policy.evaluate_sign_on", ""), "Evaluation of sign-on policy", "WARN", ("DENY", Some("Sign-on policy evaluation resulted in DENY")), Target::Policy),
    kind(20, ("application.user_membership.add", "app.generic.provision.assign_user_to_app"), "Add user to application membership", "INFO", OK, Target::App),
    kind(10, ("application.user_membership.remove", "app.generic.provision.deactivate_user_from_app"), "Remove user's application membership", "INFO", OK, Target::App),
    kind(14, ("group.user_membership.add", "core.user_group_member.user_add"), "Add user to group membership", "INFO", OK, Target::Group),
    kind(8, ("group.user_membership.remove", "core.user_group_member.user_remove"), "Remove user from group membership", "INFO", OK, Target::Group),
    kind(12, ("user.account.reset_password", "core.user.config.password_reset.success"), "User reset password for Northwind Cloud", "INFO", OK, Target::None),
    kind(10, ("user.account.update_password", "core.user.config.password_update.success"), "User update password for Northwind Cloud", "INFO", OK, Target::None),
    kind(5, ("user.account.lock", "core.user_auth.account_locked"), "Max sign in attempts exceeded", "WARN", ("FAILURE", Some("LOCKED_OUT")), Target::None),
    kind(4, ("user.account.unlock", "core.user.config.account_unlock"), "User unlock account for Northwind Cloud", "INFO", OK, Target::None),
    kind(9, ("user.mfa.factor.activate", "core.user.factor.activate"), "Activate factor or authenticator enrollment method for user", "INFO", OK, Target::Factor),
    kind(4, ("user.mfa.factor.deactivate", "core.user.factor.deactivate"), "Reset factor or authenticator enrollment method for user", "INFO", OK, Target::Factor),
    kind(4, ("user.lifecycle.suspend", "core.user.config.user_status.suspended"), "Suspend Northwind Cloud user", "INFO", OK, Target::None),
    kind(30, ("app.oauth2.token.grant.access_token", ""), "OAuth2 access token is granted", "DEBUG", OK, Target::App),
    kind(5, ("application.provision.user.push_profile", "app.user_management.push_profile_failure"), "Push user's profile to external application", "ERROR", ("FAILURE", Some("Remote server answered 503")), Target::App),
    kind(2, ("system.api_token.create", "api.token.create"), "Create API token", "WARN", OK, Target::Token),
    kind(3, ("security.threat.detected", ""), "Request from suspicious actor", "WARN", ("DENY", Some("Password spray")), Target::None),
];

/// Where a request came from.
pub(crate) struct Origin {
    /// The first three numbers of the address.
    pub network: &'static str,
    pub city: &'static str,
    pub state: &'static str,
    pub country: &'static str,
    pub postal_code: &'static str,
    pub latitude: f64,
    pub longitude: f64,
    pub as_number: u32,
    pub as_org: &'static str,
}

#[rustfmt::skip] // one place a line
pub(crate) const ORIGINS: [Origin; 6] = [
    Origin { network: "192.0.2", city: "Oslo", state: "Oslo", country: "Norway", postal_code: "0150", latitude: 59.91, longitude: 10.75, as_number: 64496, as_org: "fjord example net" },
    Origin { network: "198.51.100", city: "Lyon", state: "Rhône", country: "France", postal_code: "69001", latitude: 45.76, longitude: 4.84, as_number: 64497, as_org: "rhone example telecom" },
    Origin { network: "203.0.113", city: "Toronto", state: "Ontario", country: "Canada", postal_code: "M5H", latitude: 43.65, longitude: -79.38, as_number: 64498, as_org: "lakeshore example cable" },
    Origin { network: "192.0.2", city: "Nairobi", state: "Nairobi", country: "Kenya", postal_code: "00100", latitude: -1.29, longitude: 36.82, as_number: 64499, as_org: "savanna example mobile" },
    Origin { network: "198.51.100", city: "Osaka", state: "Osaka", country: "Japan", postal_code: "530-0001", latitude: 34.69, longitude: 135.5, as_number: 64500, as_org: "kansai example fibre" },
    Origin { network: "203.0.113", city: "Porto", state: "Porto", country: "Portugal", postal_code: "4000-008", latitude: 41.15, longitude: -8.61, as_number: 64501, as_org: "douro example net" },
];

/// What a request was made with.
pub(crate) struct Device {
    pub kind: &'static str,
    pub os: &'static str,
    pub browser: &'static str,
    pub raw: &'static str,
}

#[rustfmt::skip] // one device a line
pub(crate) const DEVICES: [Device; 5] = [
    Device { kind: "Computer", os: "Windows 11", browser: "EDGE", raw: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0" },
    Device { kind: "Computer", os: "Mac OS X", browser: "SAFARI", raw: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15" },
    Device { kind: "Computer", os: "Linux", browser: "FIREFOX", raw: "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0" },
    Device { kind: "Mobile", os: "iOS (iPhone)", browser: "SAFARI", raw: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1" },
    Device { kind: "Mobile", os: "Android", browser: "CHROME", raw: "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36" },
];

/// Somebody's scanner: what strangers send ends up in logs, markup and all, and a page that shows it must not obey it.
pub(crate) const SCANNER: Device = Device {
    kind: "Unknown",
    os: "Unknown",
    browser: "UNKNOWN",
    raw: r#""><script>document.title='owned'</script><img src=x onerror=alert(1)>"#,
};

pub(crate) const APPS: [&str; 8] =
    ["Parcel Desk", "Wiki", "Payroll", "Travel Planner", "Code Forge", "Sales Atlas", "Badge Office", "Mail"];
pub(crate) const GROUPS: [&str; 6] =
    ["Everyone", "Engineering", "Finance", "Contractors", "Administrators", "Field Sales"];
pub(crate) const FACTORS: [&str; 5] =
    ["Security key", "Authenticator app", "Push", "Text message", "E-mail code"];
pub(crate) const POLICIES: [&str; 3] = ["Default Policy", "Office network", "High assurance"];

pub(crate) const STATUSES: [&str; 10] = [
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "ACTIVE",
    "PASSWORD_EXPIRED",
    "LOCKED_OUT",
    "SUSPENDED",
];
pub(crate) const TITLES: [&str; 8] =
    ["Engineer", "Accountant", "Planner", "Buyer", "Recruiter", "Technician", "Team Lead", "Analyst"];

pub(crate) const FIRST_NAMES: [&str; 25] = [
    "Ada", "Bela", "Chidi", "Dana", "Emre", "Freya", "Goran", "Hana", "Ivo", "Jun", "Kaia", "Liam", "Mira",
    "Nils", "Oona", "Pavel", "Quinn", "Rosa", "Sami", "Tala", "Ugo", "Vera", "Wes", "Xenia", "Yara",
];
pub(crate) const LAST_NAMES: [&str; 24] = [
    "Abara",
    "Brandt",
    "Castel",
    "Dunlop",
    "Egede",
    "Farrow",
    "Gallo",
    "Hirano",
    "Ibsen",
    "Jansky",
    "Kimani",
    "Lindqvist",
    "Marsh",
    "Novak",
    "Okonjo",
    "Pereira",
    "Quist",
    "Reyes",
    "Sorel",
    "Takeda",
    "Ulrich",
    "Varga",
    "Winter",
    "Yilmaz",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_drawn_and_the_frequent_ones_most() {
        let mut drawn = [0_u32; KINDS.len()];
        let mut random = Random::new(5);
        for _ in 0..20_000 {
            drawn[usize::from(Kind::draw(&mut random))] += 1;
        }
        assert!(drawn.iter().all(|count| *count > 0), "{drawn:?}");
        assert_eq!(drawn.iter().max(), Some(&drawn[5]), "{drawn:?}");
    }

    /// Clients refuse a whole answer for one value outside these (reference: Okta's `LogSeverity`, `outcome.result`).
    #[test]
    fn kinds_keep_to_the_enumerations() {
        for kind in &KINDS {
            assert!(["DEBUG", "INFO", "WARN", "ERROR"].contains(&kind.severity), "{}", kind.event_type);
            assert!(["SUCCESS", "FAILURE", "ALLOW", "DENY"].contains(&kind.outcome), "{}", kind.event_type);
        }
    }
}
