export function TransfersPage() {
  return <div className="fp-page" />;
}
