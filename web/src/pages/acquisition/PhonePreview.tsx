import { AppstoreOutlined, LinkOutlined, PictureOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import type { WelcomePart } from '../../api/acquisition';
import { useMe } from '../../app/me';
import { fill } from './welcomeText';
import './phone.css';

/** A welcome as the customer sees it in the chat, filled in with a sample name. */
export function PhonePreview({ parts, staffName }: { parts: readonly WelcomePart[]; staffName: string }) {
  const { t } = useTranslation();
  const { org } = useMe();
  const staff = staffName || t('welcome.sampleStaff');
  const values = { name: t('welcome.sampleName'), staff, org: org.name };
  const bubble = (p: WelcomePart) => {
    const title = fill(p.title ?? '', values) || t(`welcome.kind.${p.kind}`);
    if (p.kind === 'text') return <span className="fp-bubble">{fill(p.text ?? '', values) || <span className="fp-muted">{t('welcome.textEmpty')}</span>}</span>;
    if (p.kind === 'image')
      return (
        <span className="fp-bubble picture" title={p.pic_url}>
          <PictureOutlined /> <span className="fp-break">{p.pic_url || t('welcome.kind.image')}</span>
        </span>
      );
    return (
      <span className="fp-bubble card">
        <span>
          <b>{title}</b>
          <span className="fp-muted fp-small fp-break">{p.kind === 'link' ? fill(p.text ?? '', values) || p.url : p.page}</span>
        </span>
        {p.kind === 'link' ? <LinkOutlined /> : <AppstoreOutlined />}
      </span>
    );
  };
  return (
    <aside className="fp-phone" aria-label={t('welcome.preview')}>
      <header>
        {staff}
        <span>@{org.name}</span>
      </header>
      <div className="fp-phone-chat">
        <small>{t('welcome.added', { staff })}</small>
        {parts.map((p, i) => (
          <div key={i} className="fp-phone-line">
            <i aria-hidden="true">{[...staff][0]}</i>
            {bubble(p)}
          </div>
        ))}
      </div>
    </aside>
  );
}
