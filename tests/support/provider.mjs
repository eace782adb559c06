// A real OpenID provider (npm `oidc-provider`) for one deployment, with people as the test wants them.

import { createServer } from "node:http";
import Provider from "oidc-provider";

/**
 * Starts a provider at `port` for the client whose pages are at `base`. `people` are by login: `email`, `email_verified`,
 * `groups`; whoever signs in types the login, and any password. Stopped and started again it knows nobody's session.
 */
export async function startProvider(port, base, people, client) {
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{
      ...client,
      redirect_uris: [`${base}/sign-in/callback`],
      post_logout_redirect_uris: [`${base}/`],
      backchannel_logout_uri: `${base}/sign-in/back-channel-logout`,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], groups: ["groups"] },
    scopes: ["openid", "email", "groups"],
    features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: true } },
    // By itself it sends nothing to addresses of this machine.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    pkce: { required: () => true },
    findAccount: (_, login) => people[login] && { accountId: login, claims: () => ({ sub: login, ...people[login] }) },
    cookies: { keys: ["of no secret"] },
  });
  provider.on("backchannel.error", (_, error) => console.error("the provider's logout token is not taken:", error));
  const server = createServer(provider.callback());
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Types a login into the provider's page, agrees to what it asks, and comes back. */
export async function signInAs(page, login) {
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]").click();
}
