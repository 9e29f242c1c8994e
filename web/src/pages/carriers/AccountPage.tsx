export function AccountPage() {
  return <div className="fp-page" />;
}
