/** Filled in next. */
export function NewCodePage() {
  return <div className="fp-page" />;
}
export function EditCodePage() {
  return <div className="fp-page" />;
}
