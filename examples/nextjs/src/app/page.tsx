export default function Home() {
  return (
    <main>
      <h1>Signet with Next.js</h1>
      <p>
        <a href="/dashboard">The dashboard</a>: tokens in the server’s hands. <a href="/tasks">The tasks</a>: a session in the browser’s.
      </p>
    </main>
  );
}
