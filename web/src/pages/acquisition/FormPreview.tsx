import { useTranslation } from 'react-i18next';
import { useMe } from '../../app/me';
import './phone.css';

/** About what a customer sees on the phone; nothing of it can be pressed. */
export function FormPreview({ title, text, consent }: { title: string; text?: string; consent: string }) {
  const { t } = useTranslation();
  const { org } = useMe();
  return (
    <aside className="fp-phone page" aria-label={t('forms.preview')}>
      <header>{org.name}</header>
      <div className="fp-phone-page">
        <b>{title || t('forms.title')}</b>
        {text && <p>{text}</p>}
        <span className="fp-fake">{t('field.name')}</span>
        <span className="fp-fake">{t('identity.phone')}</span>
        <span className="fp-fake-check">
          <i aria-hidden="true" /> {consent || t('forms.consent')}
        </span>
        <span className="fp-fake-button">{t('forms.submit')}</span>
      </div>
    </aside>
  );
}
