// A real OpenID provider, npm's oidc-provider with its own pages for development, and a server that uses it.
import { Provider } from "oidc-provider";
import { createServer } from "node:http";
import { freePort } from "./port.js";
import { Server } from "./server.js";

// Who they are is what they type as their name; these are the groups that they are in.
const groups = { grace: ["watchers"], alan: ["admins", "watchers"], eve: ["others"] };

export class OpenIdProvider {
  // Knows one client, which is sent back to `redirect`.
  static async start(redirect) {
    const provider = new OpenIdProvider();
    const port = await freePort();
    provider.issuer = `http://127.0.0.1:${port}`;
    const oidc = new Provider(provider.issuer, {
      clients: [{ client_id: "deck", client_secret: "a secret of the tests", redirect_uris: [redirect] }],
      claims: { openid: ["sub"], profile: ["preferred_username"], groups: ["groups"] },
      scopes: ["openid", "profile", "groups"],
      pkce: { required: () => true },
      cookies: { keys: ["a key of the tests"] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, groups: groups[id] }) }),
    });
    provider.server = createServer(oidc.callback());
    await new Promise((resolve) => provider.server.listen(port, "127.0.0.1", resolve));
    return provider;
  }

  async stop() {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}

// A provider, and a server on which people sign in with it.
export async function startBoth() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const provider = await OpenIdProvider.start(`${url}/login/oidc/callback`);
  const config = `[server]
public_url = "${url}"
[access.oidc]
issuer = "${provider.issuer}"
client_id = "deck"
name = "Example ID"
scopes = ["profile", "groups"]
admin_groups = ["admins"]
viewer_groups = ["watchers"]
create = true
`;
  const variables = { EXECDECK_ACCESS_OIDC_CLIENT_SECRET: "a secret of the tests" };
  const server = await Server.start({ address: `127.0.0.1:${port}`, config, variables });
  return { provider, server };
}
