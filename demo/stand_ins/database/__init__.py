"""The demo's database: its engine, its figures under the names of Supabase's metrics, and clients that crowd it."""
