export function ConnectPage() {
  return <div className="fp-page" />;
}
