// GraphiQL, which the server shows to browsers at GET /graphql. A page of its own: the dashboard does not load it.
import '@fontsource-variable/inter/wght.css';
import 'graphiql/graphiql.css';
import './explorer.css';
import { createRoot } from 'react-dom/client';
import { Explorer } from './Explorer';

createRoot(document.getElementById('root')!).render(<Explorer />);
