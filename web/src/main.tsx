import { createRoot } from 'react-dom/client';
import { Root } from './app/root';
import { initialLanguage } from './app/preferences';
import { startTexts } from './i18n';
import './app/console.css';

const element = document.getElementById('root');
if (element) {
  void startTexts(initialLanguage()).then(() => createRoot(element).render(<Root />));
}
