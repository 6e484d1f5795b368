// The data as peers read it: with pg, by statements that have a name and so are prepared once.
import DataLoader from "dataloader";
import pg from "pg";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PAIRS = [...ALPHABET].flatMap((high) => [...ALPHABET].map((low) => high + low));
const TIMES = 1184;
// Times come as texts, for a Date would lose their microseconds.
const types = {
  getTypeParser: (oid, format) => (oid === TIMES ? String : pg.types.getTypeParser(oid, format)),
};
// As Tollhouse sets them for its own connections.
const options = "-c jit=off -c plan_cache_mode=force_generic_plan -c timezone=UTC";

const PRODUCTS = `
  SELECT id, name, description, sku, active, price_amount, price_currency, image_url, created_at
  FROM product WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 20`;
const INVOICES = `
  SELECT id, number, total_amount, currency FROM invoice
  WHERE organization_id = $1 ORDER BY id DESC LIMIT 20`;
const LINES = `
  SELECT invoice_id, description, quantity, product_id FROM invoice_line
  WHERE organization_id = $1 AND invoice_id = ANY($2::uuid[]) ORDER BY invoice_id, position`;
const SOLD = `
  SELECT id, name FROM product
  WHERE organization_id = $1 AND deleted_at IS NULL AND id = ANY($2::uuid[])`;

export function connections({ database }) {
  return new pg.Pool({ ...database, max: 10, types, options });
}

export function reading(pool) {
  const rows = async (name, text, values) =>
    (await pool.query({ name, text, values, rowMode: "array" })).rows;
  return {
    products: async (owner) => (await rows("products", PRODUCTS, [owner])).map(shownProduct),
    invoices: async (owner) => (await rows("invoices", INVOICES, [owner])).map(shownInvoice),
    // The lines of each invoice, in the order of the ids.
    async lines(owner, ids) {
      const found = new Map(ids.map((id) => [id, []]));
      const lines = await rows("lines", LINES, [owner, ids]);
      for (const [invoice, description, quantity, productId] of lines)
        found.get(invoice).push({ description, quantity, productId });
      return ids.map((id) => found.get(id));
    },
    // The product of each id, null where there is none.
    async productsOf(owner, ids) {
      const found = new Map();
      for (const [id, name] of await rows("sold", SOLD, [owner, ids])) found.set(id, { name });
      return ids.map((id) => found.get(id) ?? null);
    },
  };
}

// DataLoaders of one request, for servers that have no loaders of their own.
export function loaders(data, owner) {
  return {
    lines: new DataLoader((ids) => data.lines(owner, ids)),
    products: new DataLoader((ids) => data.productsOf(owner, ids)),
  };
}

function shownProduct([id, name, description, sku, active, amount, currency, imageUrl, time]) {
  return {
    id: `prod_${suffix(id)}`,
    name,
    description,
    sku,
    active,
    price: { amount, currency },
    imageUrl,
    createdAt: shownTime(time),
  };
}

function shownInvoice([id, number, amount, currency]) {
  return { id, number: `INV-${number.padStart(6, "0")}`, total: { amount, currency } };
}

// `2026-11-25 04:28:42.1+00` as `2026-11-25T04:28:42.100000Z`.
function shownTime(text) {
  const whole = `${text.slice(0, 10)}T${text.slice(11, 19)}`;
  return text[19] === "." ? `${whole}.${text.slice(20, -3).padEnd(6, "0")}Z` : `${whole}Z`;
}

// A UUID in the letters of a TypeID: eight bits make the first two, twenty bits each other four.
function suffix(uuid) {
  const hex = uuid.replaceAll("-", "");
  let text = PAIRS[parseInt(hex.slice(0, 2), 16)];
  for (let place = 2; place < 32; place += 5) {
    const bits = parseInt(hex.slice(place, place + 5), 16);
    text += PAIRS[bits >> 10] + PAIRS[bits & 1023];
  }
  return text;
}
