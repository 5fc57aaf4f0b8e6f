export default function Home() {
  return (
    <main>
      <h1>Signet with Next.js</h1>
      <ul>
        <li>
          <a href="/dashboard">The dashboard</a>: tokens in the server’s hands
        </li>
        <li>
          <a href="/tasks">The tasks</a>: a session in a cookie, and a JWT in the page’s memory
        </li>
        <li>
          <a href="/board">The board</a>: a session in a cookie, and nothing else
        </li>
      </ul>
    </main>
  );
}
