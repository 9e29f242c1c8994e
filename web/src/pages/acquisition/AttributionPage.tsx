/** Filled in next. */
export function AttributionPage() {
  return <div className="fp-page" />;
}
