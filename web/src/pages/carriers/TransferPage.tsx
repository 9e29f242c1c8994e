export function TransferPage() {
  return <div className="fp-page" />;
}
