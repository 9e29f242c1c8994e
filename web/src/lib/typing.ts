/** Whether a key belongs to something else: a field, a dialog, a browser command. */
export function isTyping(e: KeyboardEvent): boolean {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  const target = e.target;
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest('input, textarea, select, [role="combobox"], [role="dialog"], [role="menu"]') !== null
  );
}
