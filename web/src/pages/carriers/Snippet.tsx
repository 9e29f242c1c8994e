import { Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types';

/** The line that puts the chat on a page, and a page of ours to try it. */
export function Snippet({ account: a }: { account: Account }) {
  const { t } = useTranslation();
  const base = `${location.origin}/w/${encodeURIComponent(a.id)}`;
  const line = `<script src="${base}/widget.js" async></script>`;
  return (
    <div className="fp-acc-how">
      <Typography.Paragraph className="fp-acc-snippet" code copyable={{ text: line, tooltips: [t('common.copy'), t('common.copied')] }}>
        {line}
      </Typography.Paragraph>
      <ol>
        {(['where', 'sites', 'check'] as const).map((k) => (
          <li key={k}>{t(`carriers.embed.${k}`, { site: a.settings.site ?? '' })}</li>
        ))}
      </ol>
      <p className="fp-acc-flat">
        <a href={`${base}/try`} target="_blank" rel="noreferrer">
          {t('carriers.embedTry')}
        </a>
      </p>
    </div>
  );
}
