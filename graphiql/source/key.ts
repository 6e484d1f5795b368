// Where the key stands among a request's headers.
export const EMPTY_HEADERS = '{\n  "Authorization": "Bearer "\n}';

const TOKEN = /\bth_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\b/;

// The token in the header editor's text or in headers; null where none is whole yet.
export function tokenIn(headers: unknown): string | null {
  const text = typeof headers === "string" ? headers : JSON.stringify(headers ?? {});
  return TOKEN.exec(text)?.[0] ?? null;
}
