import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/content.css';
import { createRoot } from 'react-dom/client';
import { App } from './app';

createRoot(document.getElementById('root')!).render(<App />);
