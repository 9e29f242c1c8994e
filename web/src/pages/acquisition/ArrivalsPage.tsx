/** Filled in next. */
export function ArrivalsPage() {
  return <div className="fp-page" />;
}
