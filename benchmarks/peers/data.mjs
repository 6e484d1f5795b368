// The data as peers read it: with postgres.js, which prepares its statements and sends them ahead.
import DataLoader from "dataloader";
import postgres from "postgres";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const PAIRS = [...ALPHABET].flatMap((high) => [...ALPHABET].map((low) => high + low));
// Times come as texts, for a Date would lose their microseconds.
const TIMES = { to: 1184, from: [1184], serialize: String, parse: String };

export function open({ database }) {
  const sql = postgres({ ...database, max: 10, types: { times: TIMES } });
  return {
    async products(owner) {
      const rows = await sql`
        SELECT id, name, description, sku, active, price_amount AS amount,
          price_currency AS currency, image_url AS "imageUrl", created_at AS "createdAt"
        FROM product WHERE organization_id = ${owner} AND deleted_at IS NULL
        ORDER BY id DESC LIMIT 20`;
      return rows.map(shownProduct);
    },
    async invoices(owner) {
      const rows = await sql`
        SELECT id, number, total_amount AS amount, currency FROM invoice
        WHERE organization_id = ${owner} ORDER BY id DESC LIMIT 20`;
      return rows.map(({ id, number, amount, currency }) => ({
        id,
        number: `INV-${number.padStart(6, "0")}`,
        total: { amount, currency },
      }));
    },
    // The lines of each invoice, in the order of the ids.
    async lines(owner, ids) {
      const rows = await sql`
        SELECT invoice_id, description, quantity, product_id AS "productId" FROM invoice_line
        WHERE organization_id = ${owner} AND invoice_id = ANY(${ids}::uuid[])
        ORDER BY invoice_id, position`;
      const found = new Map(ids.map((id) => [id, []]));
      for (const row of rows) found.get(row.invoice_id).push(row);
      return ids.map((id) => found.get(id));
    },
    // The product of each id, null where there is none.
    async productsOf(owner, ids) {
      const rows = await sql`
        SELECT id, name FROM product
        WHERE organization_id = ${owner} AND deleted_at IS NULL AND id = ANY(${ids}::uuid[])`;
      const found = new Map(rows.map((row) => [row.id, row]));
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

function shownProduct({ id, amount, currency, createdAt, ...rest }) {
  return {
    ...rest,
    id: `prod_${suffix(id)}`,
    price: { amount, currency },
    createdAt: shownTime(createdAt),
  };
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
