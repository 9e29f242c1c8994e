/** Filled in next. */
export function CodePage() {
  return <div className="fp-page" />;
}
