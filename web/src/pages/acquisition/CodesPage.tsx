/** Filled in next. */
export function CodesPage() {
  return <div className="fp-page" />;
}
