"""Web servers whose responder reaches PostgreSQL by way of the agent, as all that
read requests do."""
from machines import faults, harness, stores


def with_postgresql(server_class, schema, more=''):
    """the same server, with a store in that schema"""
    class ByAgent(server_class):
        name = server_class.name + ' with PostgreSQL'
        config = server_class.config + schema.config + more

        def start(self):
            schema.write_secret(self.site.folder)
            super().start()

        def stop(self):
            super().stop()
            harness.wait_for_idle_runner(self.site.config)
            harness.end_agents(self.site.folder)

    return ByAgent


def run_cases(server_class, **more):
    """all that any responder must hold, with PostgreSQL"""
    import cases  # pylint: disable=import-outside-toplevel
    with stores.dropped_at_the_end():
        cases.run(with_postgresql(server_class, stores.Schema(), **more))
