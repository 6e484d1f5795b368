// The check of a key as a careful user writes it: form and checksum, one look into the table, the
// secret's digest under the pepper, then ten seconds from memory, where no token stays.
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { BlockList, isIPv4 } from "node:net";
import { crc32 } from "node:zlib";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const FORM = /^Bearer (th_([0-9A-Za-z]{12})_([0-9A-Za-z]{43}))([0-9A-Za-z]{6})$/;
const KEPT_MS = 10_000;
const MOST_KNOWN = 10_000;
const BY_TOKEN = `
  SELECT organization_id AS owner, full_access AS "fullAccess", granted, digest,
    pepper_version AS pepper, 1000 * extract(epoch FROM expires_at)::float AS "endsMs",
    ARRAY(SELECT rule->>'cidr' FROM jsonb_array_elements(rules) AS rule) AS networks
  FROM api_key
  WHERE token_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;

// A function that knows the caller by the header and the address: at once where it can, else later.
export function checking(pool, { peppers }) {
  const known = new Map();

  async function checked(mark, authorization) {
    const [, body, id, secret, checksum] = FORM.exec(authorization) ?? [];
    if (!body || checksumOf(body) !== checksum) throw new Error("This is no token.");
    const { rows } = await pool.query({ name: "key", text: BY_TOKEN, values: [id] });
    const [row] = rows;
    if (!row || !isRight(secret, row, peppers)) throw new Error("This token is unknown.");
    const caller = {
      owner: row.owner,
      allows: row.fullAccess ? () => true : (scope) => row.granted.includes(scope),
      fence: fenceOf(row.networks),
      until: Math.min(Date.now() + KEPT_MS, row.endsMs ?? Infinity),
    };
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value);
    known.set(mark, caller);
    return caller;
  }

  return (authorization = "", address) => {
    const mark = hash("sha256", authorization, "base64");
    const caller = known.get(mark);
    if (caller && Date.now() < caller.until) return admitted(caller, address);
    return checked(mark, authorization).then((caller) => admitted(caller, address));
  };
}

// The organization of a caller who may do this.
export function ownerWith(caller, scope) {
  if (!caller.allows(scope)) throw new Error(`This needs the scope ${scope}.`);
  return caller.owner;
}

function admitted(caller, address) {
  if (caller.fence && !caller.fence.check(address, isIPv4(address) ? "ipv4" : "ipv6"))
    throw new Error("This address isn't allowed.");
  return caller;
}

function isRight(secret, { digest, pepper }, peppers) {
  const key = Buffer.from(peppers[pepper] ?? "", "base64");
  return timingSafeEqual(createHmac("sha256", key).update(secret).digest(), digest);
}

function fenceOf(networks) {
  if (!networks.length) return null;
  const fence = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split("/");
    fence.addSubnet(address, Number(bits), isIPv4(address) ? "ipv4" : "ipv6");
  }
  return fence;
}

function checksumOf(body) {
  let rest = crc32(body);
  let text = "";
  for (let place = 0; place < 6; place += 1) {
    text = DIGITS[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
