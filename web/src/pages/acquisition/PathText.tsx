import { useTranslation } from 'react-i18next';

/** Where something belongs in the tree of channels: the last name stands out. */
export function PathText({ path }: { path: readonly string[] }) {
  const { t } = useTranslation();
  if (path.length === 0) return <span className="fp-muted">{t('catch.unknownChannel')}</span>;
  return (
    <span className="fp-path" title={path.join(' › ')}>
      {path.length > 1 && <span className="fp-muted">{path.slice(0, -1).join(' › ')} › </span>}
      {path.at(-1)}
    </span>
  );
}
