/** Filled in next. */
export function ChannelsPage() {
  return <div className="fp-page" />;
}
