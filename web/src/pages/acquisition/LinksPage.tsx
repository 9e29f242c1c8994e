/** Filled in next. */
export function LinksPage() {
  return <div className="fp-page" />;
}
