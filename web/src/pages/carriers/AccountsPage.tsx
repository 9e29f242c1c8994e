export function AccountsPage() {
  return <div className="fp-page" />;
}
