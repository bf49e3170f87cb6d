//! The foundation's bucket and the registry in it.

use async_trait::async_trait;
use automock_model::{Foundation, StackId};
use automock_ttl::CloudFailure;
use automock_ttl::reaper::{Condition, Object, ObjectVersion, Objects, Written};
use automock_ttl::record::StackRecord;
use automock_ttl::registry::{
    Listing, Registry, RegistryError, UnreadableRecord, Version, Versioned,
};

use crate::cloud::{Answer, refused};
use crate::faults::Lane;
use crate::simulation::Client;
use crate::state::State;

const REFUSED: &str = "PreconditionFailed";

impl Client {
    async fn read(&self, key: &str) -> Answer<Option<Vec<u8>>> {
        self.call(Lane::Other, "GetObject", |state| {
            Ok(state.objects.get(key).cloned())
        })
        .await
    }

    /// Writes conditionally. A refusal is looked into: it may be the result of an own attempt
    /// whose answer was lost.
    async fn write(
        &self,
        key: &str,
        bytes: &[u8],
        condition: &Condition,
    ) -> Answer<Option<String>> {
        let put = self.call(Lane::Other, "PutObject", |state| {
            if !holds(state, key, condition) {
                return refused(REFUSED, "At least one of the pre-conditions did not hold");
            }
            state.put_object(key, bytes);
            Ok(State::version(bytes))
        });
        match put.await {
            Ok(version) => Ok(Some(version)),
            Err(failure) if failure.code() == Some(REFUSED) => {
                let found = self.read(key).await?;
                Ok(found
                    .filter(|found| found == bytes)
                    .map(|found| State::version(&found)))
            }
            Err(failure) => Err(failure),
        }
    }
}

fn holds(state: &State, key: &str, condition: &Condition) -> bool {
    match (condition, state.objects.get(key)) {
        (Condition::Absent, found) => found.is_none(),
        (Condition::Unchanged(version), Some(bytes)) => State::version(bytes) == version.0,
        (Condition::Unchanged(_), None) => false,
    }
}

#[async_trait]
impl Objects for Client {
    async fn get(&self, key: &str) -> Answer<Option<Object>> {
        let found = self.read(key).await?;
        Ok(found.map(|bytes| Object {
            version: ObjectVersion(State::version(&bytes)),
            bytes,
        }))
    }

    async fn put(&self, key: &str, bytes: Vec<u8>, condition: Condition) -> Answer<Written> {
        let written = self.write(key, &bytes, &condition).await?;
        Ok(match written {
            Some(version) => Written::Stored(ObjectVersion(version)),
            None => Written::Refused,
        })
    }

    async fn purge(&self, key: &str) -> Answer<()> {
        self.call(Lane::Other, "ListObjectVersions", |_| Ok(()))
            .await?;
        self.call(Lane::Other, "DeleteObjects", |state| {
            state.objects.remove(key);
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl Registry for Client {
    async fn get(&self, stack: &StackId) -> Result<Option<Versioned>, RegistryError> {
        let key = Foundation::registry_key(stack);
        let found = self.read(&key).await.map_err(cloud("read", &key))?;
        found.map(|bytes| parse(&key, &bytes)).transpose()
    }

    async fn list(&self) -> Result<Listing, RegistryError> {
        let keys = self
            .call(Lane::Other, "ListObjectsV2", |state| {
                let keys = state.objects.keys();
                Ok(keys
                    .filter(|key| key.starts_with("registry/"))
                    .cloned()
                    .collect::<Vec<_>>())
            })
            .await
            .map_err(cloud("list", "registry/"))?;
        let mut listing = Listing::default();
        for key in keys {
            let found = self.read(&key).await.map_err(cloud("read", &key))?;
            match found.map(|bytes| parse(&key, &bytes)) {
                Some(Ok(record)) => listing.stacks.push(record),
                Some(Err(RegistryError::Unreadable { key, source })) => {
                    let error = source;
                    listing.unreadable.push(UnreadableRecord { key, error });
                }
                Some(Err(other)) => return Err(other),
                None => {}
            }
        }
        Ok(listing.sorted())
    }

    async fn create(&self, record: &StackRecord) -> Result<Version, RegistryError> {
        let written = self.write_record(record, &Condition::Absent).await?;
        written.ok_or_else(|| RegistryError::AlreadyExists {
            stack: record.stack_id.clone(),
        })
    }

    async fn update(
        &self,
        record: &StackRecord,
        expected: &Version,
    ) -> Result<Version, RegistryError> {
        let condition = Condition::Unchanged(ObjectVersion(expected.as_str().to_owned()));
        let written = self.write_record(record, &condition).await?;
        written.ok_or_else(|| RegistryError::Conflict {
            stack: record.stack_id.clone(),
        })
    }

    async fn delete(&self, stack: &StackId, expected: &Version) -> Result<(), RegistryError> {
        let key = Foundation::registry_key(stack);
        let conflict = || RegistryError::Conflict {
            stack: stack.clone(),
        };
        let found = self.read(&key).await.map_err(cloud("read", &key))?;
        match found {
            None => return Ok(()),
            Some(bytes) if State::version(&bytes) != expected.as_str() => return Err(conflict()),
            Some(_) => {}
        }
        let condition = Condition::Unchanged(ObjectVersion(expected.as_str().to_owned()));
        let deleted = self
            .call(Lane::Other, "DeleteObject", |state| {
                if state.objects.contains_key(&key) && !holds(state, &key, &condition) {
                    return refused(REFUSED, "At least one of the pre-conditions did not hold");
                }
                state.objects.remove(&key);
                Ok(())
            })
            .await;
        match deleted {
            Err(failure) if failure.code() == Some(REFUSED) => Err(conflict()),
            deleted => deleted.map_err(cloud("delete", &key)),
        }
    }
}

impl Client {
    async fn write_record(
        &self,
        record: &StackRecord,
        condition: &Condition,
    ) -> Result<Option<Version>, RegistryError> {
        let key = Foundation::registry_key(&record.stack_id);
        let bytes = record
            .to_json()
            .map_err(|source| RegistryError::Unreadable {
                key: key.clone(),
                source,
            })?;
        let written = self
            .write(&key, &bytes, condition)
            .await
            .map_err(cloud("write", &key))?;
        Ok(written.map(Version::new))
    }
}

fn parse(key: &str, bytes: &[u8]) -> Result<Versioned, RegistryError> {
    let record = StackRecord::from_json(bytes).map_err(|source| RegistryError::Unreadable {
        key: key.to_owned(),
        source,
    })?;
    Ok(Versioned {
        record,
        version: Version::new(State::version(bytes)),
    })
}

fn cloud(action: &'static str, key: &str) -> impl FnOnce(CloudFailure) -> RegistryError {
    let key = key.to_owned();
    move |source| RegistryError::Cloud {
        action,
        key,
        source,
    }
}
